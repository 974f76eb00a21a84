"""Parts of a case: the same as the whole has, without reading all of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leukoscope.cases import loading
from leukoscope.cases.loading import load_finding
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseFrame, CaseHeader
from leukoscope.domain.errors import StoreError
from leukoscope.domain.findings import Finding, Label

from .builders import analysis


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    store = CaseStore(tmp_path / "cases")
    yield store
    store.close()


@pytest.fixture
def case(store: CaseStore) -> int:
    """Two images with three cells and one, a label, and a remark."""
    case = store.create(CaseHeader("1", "Doe, Jane"))
    first = store.frames.add(case, analysis(b"first", 3), b"first")
    store.frames.add(case, analysis(b"second", 1), b"second")
    store.decide(first.cells[1].id, Label.HEALTHY, "A. Weber")
    store.manual_edits.comment(first.cells[1].id, "large", "A. Weber")
    return case


def of_image(one: CaseFrame) -> tuple[object, ...]:
    """What is known of an image beside its cells."""
    return (
        one.id, one.source, one.sha256, one.width, one.height, one.um_per_px, one.view, one.error, one.origin,
        one.estimated_um_per_px, one.former_id, one.quality and one.quality.measures,
    )  # fmt: skip


def test_each_cell_is_that_of_the_whole_case(store: CaseStore, case: int) -> None:
    for frame in store.load(case).frames:
        for cell in frame.cells:
            found = store.parts.cell(case, cell.id)
            assert found is not None
            image, alone = found
            assert of_image(image) == of_image(frame) and image.cells == ()
            assert (alone.id, alone.frame_id, alone.decision, alone.comment) == (
                cell.id, cell.frame_id, cell.decision, cell.comment,
            )  # fmt: skip
            assert alone.finding.probability == cell.finding.probability
            assert [(one.bundle, [each.name for each in one.maps]) for one in alone.finding.opinions] == [
                (one.bundle, [each.name for each in one.maps]) for one in cell.finding.opinions
            ]


def test_what_is_gone_or_of_another_case_is_not_there(store: CaseStore, case: int) -> None:
    other = store.create(CaseHeader("2"))
    first, second = store.load(case).frames
    gone = first.cells[0].id
    store.manual_edits.remove(gone, "A. Weber")
    assert store.parts.cell(case, gone) is None
    assert store.parts.cell(other, first.cells[1].id) is None and store.parts.image(other, first.id) is None
    assert store.parts.cell(case, 999_999) is None and store.parts.image(case, 999_999) is None
    store.frames.remove(second.id)
    assert store.parts.cell(case, second.cells[0].id) is None and store.parts.image(case, second.id) is None
    image = store.parts.image(case, first.id)
    assert image is not None and of_image(image) == of_image(first)


def test_the_outline_is_the_case_without_its_cells(store: CaseStore, case: int) -> None:
    store.manual_edits.remove(store.load(case).cells[0].id, "A. Weber")
    whole = store.load(case)
    outline, counts = store.parts.outline(case)
    assert (outline.id, outline.header, outline.state, outline.version) == (
        whole.id, whole.header, whole.state, whole.version,
    )  # fmt: skip
    assert (outline.signatures, outline.amendments) == (whole.signatures, whole.amendments)
    assert list(map(of_image, outline.frames)) == list(map(of_image, whole.frames))
    assert counts == {one.id: len(one.cells) for one in whole.frames}
    with pytest.raises(StoreError, match="no longer in the list"):
        store.parts.outline(999_999)


def test_of_a_large_case_one_cell_is_read(store: CaseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decision over the line reads its cell twice: with 2,000 cells that must not be 4,000."""
    large = store.create(CaseHeader("3"))
    cell = store.frames.add(large, analysis(b"many", 60), b"many").cells[30].id
    read: list[int] = []

    def counted(row: Any, *rest: Any) -> Finding:
        read.append(row.id)
        return load_finding(row, *rest)

    monkeypatch.setattr(loading, "load_finding", counted)
    assert store.parts.cell(large, cell)
    assert read == [cell]
    store.load(large)
    assert len(read) == 61
