"""Versions side by side, the way back, and two models on the same cells."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import Box, Cell, CellImage
from leukoscope.domain.errors import BundleError
from leukoscope.domain.findings import BundleId, Label, Opinion, Thresholds
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.labels import PersonLabel, named
from leukoscope.domain.site_labels import LabeledCell
from leukoscope.inference.library import BundleLibrary
from leukoscope.inference.manifest import write_manifest
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.own_model import comparing
from leukoscope.workflow.own_model.comparing import MODELS_COMPARED, compared
from leukoscope.workflow.own_model.history import compare_on
from leukoscope.workflow.own_model.life import CHOSEN, cases_of, next_name, one_back, put_in_use
from leukoscope.workflow.site.labeled import Reading
from tests.unit.workflow.test_site_cases import case, png


@pytest.fixture
def library(small_bundles: Path, tmp_path: Path) -> BundleLibrary:
    """A model of the lab's and its next version, beside those that ship."""
    library = BundleLibrary(small_bundles, tmp_path / "user")
    usual = library.get("hybrid")
    for name, follows in (("own", ""), ("own-2", "own")):
        shutil.copytree(usual.path, library.user / name)
        write_manifest(usual.manifest.model_copy(update={"name": name, "follows": follows}), library.user / name)
    return library


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    store = CaseStore(tmp_path / "cases")
    yield store
    store.close()


def test_a_version_is_put_in_use_and_taken_back_on_record(library: BundleLibrary, store: CaseStore) -> None:
    assert (next_name(library, "own"), next_name(library, "own-2")) == ("own-3", "own-3")
    put_in_use(library, ("ensemble", "own"), ("ensemble", "own-2"), "it saw more", store)
    assert one_back(library, ("ensemble", "own-2"), "own-2") == ("ensemble", "own")
    put_in_use(library, ("ensemble", "own-2"), ("ensemble", "own"), "", store)
    put_in_use(library, ("ensemble", "own"), ("ensemble", "own"), "", store)
    back, there = (one for one in store.trail.entries() if one.what == CHOSEN)
    assert [part.split()[0] for part in there.old.split(", ")] == ["ensemble", "own"]
    assert "own-2" in there.new and there.reason == "it saw more" and back.new == there.old
    for name, why in (("own", "follows no model"), ("own-2", "judges no images")):
        with pytest.raises(BundleError, match=why):
            one_back(library, ("own",), name)
    assert cases_of(library.get("own"), store) == ()


def cell(number: int, said: PersonLabel) -> LabeledCell:
    image = CellImage(Cell(Box(0, 0, 1, 1), np.ones((1, 1), np.bool_), ""), np.zeros((1, 1, 3), np.uint8), 1.0, (0, 0))
    return LabeledCell(f"{number}.png", f"p{number % 8}", said, image, "0" * 64)


def judged(name: str, probability: float) -> Judgement:
    logit = float(np.log(probability / (1 - probability)))
    return Judgement((Opinion(BundleId(name, "1", "0" * 64), logit, probability, Thresholds(0.35, 0.65), (), None),))


def test_two_models_on_the_same_cells() -> None:
    """One is right everywhere, the other calls every fifth healthy cell leukemic, and is unsure of one."""
    rows = []
    for number in range(80):
        leukemic = number % 2 == 0
        said = PersonLabel(Label.LEUKEMIC) if leukemic else named("lymphocyte")
        right = 0.9 if leukemic else 0.1
        wrong = 0.95 if not leukemic and number % 5 == 0 else 0.5 if number == 0 else right
        rows.append((cell(number, said), judged("own", wrong), judged("own-2", right)))
    found = compared(("own", "own-2"), rows)
    assert found.proof.leukemia is not None and found.proof.classes is None
    before, after = found.proof.leukemia.shipped, found.proof.leukemia.taught
    assert after.auroc.value == 1.0 and before.auroc.value < 0.9 and before.specificity.value == pytest.approx(0.8)
    assert found.proof.verdict == "better" and found.proof.leukemia.gain.low > 0
    assert len(found.parted) == 9 and all(one.better for one in found.parted)
    assert (found.parted[0].source, found.parted[0].said, found.parted[0].first) == ("0.png", "leukemic", "unsure")


def test_two_versions_on_the_cells_of_reviewed_cases(
    library: BundleLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cells of cases that nobody has reviewed are not asked about, and what was done stands in the audit trail."""
    repository, reading, told = CaseRepository(tmp_path / "cases"), Reading(), list[int]()
    for number, done in enumerate((True, True, True, False)):
        case(repository, CaseHeader(str(number), f"Doe {number}"), png(number), "blast", done=done)

    class Panel:
        """The second version is right about blasts, the first about none."""

        bundles = tuple(library.get(name) for name in ("own", "own-2"))

        def judge(self, images: list[CellImage], *, bundles: list[str], **_: object) -> list[Judgement]:
            return [judged(bundles[0], 0.1 if bundles[0] == "own" else 0.9) for _ in images]

        def close(self) -> None:
            told.append(-1)

    monkeypatch.setattr(comparing, "make_panel", lambda *_: Panel())
    try:
        home = AppDirs(*(tmp_path / one for one in ("data", "cache", "config", "logs")))
        found = compare_on(home, repository, library, ("own", "own-2"), None, reading, on_cell=told.append)
        entry = repository.store.trail.entries()[0]
        assert cases_of(library.get("own"), repository.store) == ()
    finally:
        repository.close()
    assert (found.cells, told) == (6, [6, -1])
    assert [one.better for one in found.parted].count(True) == 3
    assert (entry.what, entry.subject) == (MODELS_COMPARED, "own-2") and "own beside own-2" in entry.new
