from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader, CaseState
from leukoscope.domain.errors import StoreError
from leukoscope.domain.findings import Label
from leukoscope.domain.microscopes import Microscope
from leukoscope.domain.morphology import MeasuredFigure

from .builders import analysis


@pytest.fixture
def store(both: CaseStore) -> CaseStore:
    return both


NAMES = [
    "Nguyễn Ольга Αθηνά 王小明 김민준 さくら محمد שרה สมชาย अमित",
    "Robert'); DROP TABLE cases;--",
    '<b>O\'Neill</b> & "Søn" %_\\ \n\t €',
    "x" * 2000,
    "e\u0301 and \u00e9 stay different",
    "",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_header_comes_back_as_it_was_typed(store: CaseStore, name: str) -> None:
    header = CaseHeader("2026-0001", name, name, name, name, name)
    case_id = store.create(header)
    assert store.load(case_id).header == header
    changed = replace(header, number=name or "7")
    store.update_header(case_id, changed)
    assert store.load(case_id).header == changed
    assert store.list()[0].header == changed


def test_an_analysis_comes_back_whole(store: CaseStore) -> None:
    case_id = store.create(CaseHeader("1"))
    given = analysis(b"bytes of the file", cells=5)
    saved = store.frames.add(case_id, given, b"bytes of the file")
    loaded = store.load(case_id).frames[0]
    assert given.frame is not None
    for frame in (saved, loaded):
        assert (frame.source, frame.sha256, frame.width, frame.height) == (given.source, given.frame.sha256, 80, 60)
        assert (frame.view, frame.quality, frame.error, frame.um_per_px) == (given.view, given.quality, None, 0.25)
        assert frame.origin == given.frame.origin
        assert len(frame.cells) == 5
        for cell, finding in zip(frame.cells, given.findings, strict=True):
            assert cell.frame_id == saved.id
            assert cell.decision is None
            back = cell.finding
            assert (back.label, back.probability, back.thresholds, back.unsure) == (
                finding.label, finding.probability, finding.thresholds, finding.unsure,
            )  # fmt: skip
            assert (back.cell.box, back.cell.flags) == (finding.cell.box, finding.cell.flags)
            assert back.cell.frame_sha256 == given.frame.sha256
            assert np.array_equal(back.cell.mask, finding.cell.mask)
            assert back.cell.mask.dtype == np.bool_
            for one, other in zip(back.opinions, finding.opinions, strict=True):
                assert (one.bundle, one.logit, one.probability) == (other.bundle, other.logit, other.probability)
                assert (one.thresholds, one.novelty) == (other.thresholds, other.novelty)
                for a, b in zip(one.maps, other.maps, strict=True):
                    assert (a.name, a.kind, a.maximum, a.extent) == (b.name, b.kind, b.maximum, b.extent)
                    assert a.values.dtype == np.float32
                    assert np.array_equal(a.values, b.values)
    assert store.read_image(given.frame.sha256) == b"bytes of the file"


def test_figures_of_shape_and_the_scale_of_the_case_come_back(store: CaseStore) -> None:
    figures = (MeasuredFigure("cell_area", 141.25, 58.0, 120.5, 0.75), MeasuredFigure("lobes", 1.0, 1.0, 1.0))
    plain = analysis(cells=1)
    assert plain.frame is not None
    one = plain.findings[0]
    opinions = (one.opinions[0], replace(one.opinions[1], maps=(), figures=figures))
    origin = replace(plain.frame.origin, microscope=Microscope("Basler", "100x"))
    frame = replace(plain.frame, um_per_px=None, estimated_um_per_px=0.0975, origin=origin)
    case_id = store.create(CaseHeader(number="figures"))
    store.frames.add(case_id, replace(plain, frame=frame, findings=(replace(one, opinions=opinions),)), b"image")
    (stored,) = store.load(case_id).frames
    assert stored.um_per_px is None
    assert stored.estimated_um_per_px == 0.0975
    assert stored.microscope == Microscope("Basler", "100x")
    first, second = stored.cells[0].finding.opinions
    assert first.figures == ()
    assert second.figures == figures


def test_a_stored_cell_is_a_cell_like_any_other(store: CaseStore) -> None:
    frame = store.frames.add(store.create(CaseHeader("1")), analysis(b"x", cells=1), b"x")
    cell = frame.cells[0].finding.cell
    flipped = replace(cell, mask=~cell.mask)
    assert np.array_equal(flipped.mask, ~cell.mask)
    with pytest.raises(AttributeError):
        cell.nothing  # noqa: B018


def test_half_a_character_of_a_damaged_file_name_loses_nothing_else(store: CaseStore) -> None:
    case_id = store.create(CaseHeader("1"))
    store.frames.add(case_id, ImageAnalysis("/data/a\udcffb.png", error="Take it again."), None)
    assert store.load(case_id).frames[0].source == "/data/a\ufffdb.png"
    assert store.list("\udcff") == ()


def test_an_image_that_failed_is_remembered_with_its_sentence(store: CaseStore) -> None:
    case_id = store.create(CaseHeader("1"))
    store.frames.add(case_id, ImageAnalysis("/data/broken.png", error="The file is damaged; take it again."), None)
    (frame,) = store.load(case_id).frames
    assert (frame.sha256, frame.width, frame.quality, frame.cells) == ("", 0, None, ())
    assert frame.error == "The file is damaged; take it again."
    assert store.list()[0].frames == 1


def test_the_list_counts_what_counts(store: CaseStore) -> None:
    case_id = store.create(CaseHeader("1"))
    frame = store.frames.add(case_id, analysis(b"a", cells=4), b"a")
    other = store.frames.add(case_id, analysis(b"b", cells=3), b"b")

    def counts() -> tuple[int, ...]:
        (line,) = store.list()
        case = store.load(case_id)
        for label, count in (
            (Label.LEUKEMIC, line.leukemic),
            (Label.HEALTHY, line.healthy),
            (Label.UNSURE, line.unsure),
        ):
            assert sum(cell.label is label for cell in case.cells) == count
        return line.frames, line.cells, line.leukemic, line.healthy, line.unsure

    assert counts() == (2, 7, 3, 2, 2)
    leukemic = frame.cells[0]
    store.decide(leukemic.id, Label.HEALTHY, "Ana")
    assert counts() == (2, 7, 2, 3, 2)
    store.decide(leukemic.id, Label.UNSURE, "Ben")
    assert counts() == (2, 7, 2, 2, 3)
    store.frames.remove(other.id)
    store.frames.remove(other.id)
    assert counts() == (1, 4, 1, 1, 2)
    store.decide(other.cells[0].id, Label.HEALTHY, "Ana")
    assert counts() == (1, 4, 1, 1, 2)
    store.frames.restore(other.id)
    assert counts() == (2, 7, 1, 3, 3)
    store.decide(leukemic.id, None, "Ben")
    assert counts() == (2, 7, 2, 3, 2)


def test_a_decision_names_who_and_when_and_can_be_taken_back(store: CaseStore) -> None:
    case_id = store.create(CaseHeader("1"))
    cell = store.frames.add(case_id, analysis(b"a", cells=1), b"a").cells[0]
    store.decide(cell.id, Label.UNSURE, "Åsa")
    decision = store.load(case_id).cells[0].decision
    assert decision is not None
    assert (decision.label, decision.by) == (Label.UNSURE, "Åsa")
    assert decision.at.utcoffset() is not None
    store.decide(cell.id, None, "Åsa")
    assert store.load(case_id).cells[0].decision is None
    assert store.load(case_id).cells[0].label is cell.finding.label


def test_removed_cases_leave_the_list_and_come_back(store: CaseStore) -> None:
    first, second = store.create(CaseHeader("1")), store.create(CaseHeader("2"))
    store.remove_case(second)
    assert [line.id for line in store.list()] == [first]
    store.restore_case(second)
    assert {line.id for line in store.list()} == {first, second}
    assert store.list()[0].state is CaseState.OPEN


def test_search_finds_every_word_in_any_case(store: CaseStore) -> None:
    one = store.create(CaseHeader("2026-0417", "DOE, Jane", "Blood"))
    two = store.create(CaseHeader("2026-0418", "Ольга Müller", "Bone marrow", notes="50 % done_by"))
    assert [c.id for c in store.list("doe jane")] == [one]
    assert [c.id for c in store.list("ОЛЬГА")] == [two]
    assert [c.id for c in store.list("mÜLLER marrow")] == [two]
    assert [c.id for c in store.list("0417")] == [one]
    assert [c.id for c in store.list("%")] == [two]
    assert [c.id for c in store.list("e_b")] == [two]
    assert store.list("jane olga") == ()
    assert {c.id for c in store.list("  ")} == {one, two}


def test_the_list_has_pages_with_the_last_changed_first(store: CaseStore) -> None:
    ids = [store.create(CaseHeader(str(i))) for i in range(7)]
    store.update_header(ids[0], CaseHeader("changed"))
    order = [ids[0], *reversed(ids[1:])]
    assert [c.id for c in store.list()] == order
    assert [c.id for c in store.list(limit=3, offset=2)] == order[2:5]


def test_numbers_go_on_from_the_highest_of_the_year(store: CaseStore) -> None:
    today = date(2026, 11, 23)
    assert store.next_number(today) == "2026-0001"
    for number in ("2026-0009", "2025-0700", "2026-abc", "2026-00012-b", "x2026-0500"):
        store.create(CaseHeader(number))
    assert store.next_number(today) == "2026-0010"
    last = store.create(CaseHeader("2026-12345"))
    store.remove_case(last)
    assert store.next_number(today) == "2026-12346"
    assert store.next_number(date(2027, 1, 1)) == "2027-0001"


def test_the_same_image_is_kept_once(store: CaseStore) -> None:
    case_id = store.create(CaseHeader("1"))
    for _ in range(3):
        store.frames.add(case_id, analysis(b"same"), b"same")
    assert len(list(store.images.hashes())) == 1
    assert store.list()[0].frames == 3


def test_what_is_gone_is_said_plainly(store: CaseStore) -> None:
    calls = (
        lambda: store.load(7),
        lambda: store.update_header(7, CaseHeader("1")),
        lambda: store.decide(7, Label.HEALTHY, "A"),
        lambda: store.frames.remove(7),
        lambda: store.restore_case(7),
        lambda: store.read_image("f" * 64),
        lambda: store.read_image("../../etc/passwd"),
    )
    for call in calls:
        with pytest.raises(StoreError) as caught:
            call()
        assert caught.value.message.endswith(".")


def test_a_failed_save_leaves_nothing(store: CaseStore) -> None:
    with pytest.raises(StoreError):
        store.frames.add(7, analysis(b"orphan"), b"orphan")
    case_id = store.create(CaseHeader("1"))
    with pytest.raises(StoreError, match="changed while"):
        store.frames.add(case_id, analysis(b"before"), b"after")
    assert list(store.images.hashes()) == []
    assert store.load(case_id).frames == ()
    assert store.list()[0].frames == 0


def test_a_failed_save_never_takes_away_an_image_others_use(store: CaseStore) -> None:
    case_id = store.create(CaseHeader("1"))
    frame = store.frames.add(case_id, analysis(b"kept"), b"kept")
    with pytest.raises(StoreError):
        store.frames.add(case_id + 1, analysis(b"kept"), b"kept")
    assert store.read_image(frame.sha256) == b"kept"


def test_many_threads_work_on_one_store(store: CaseStore) -> None:
    case_id = store.create(CaseHeader("1"))
    failures: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for turn in range(6):
                data = f"{thread} {turn}".encode()
                frame = store.frames.add(case_id, analysis(data, cells=2), data)
                store.decide(frame.cells[0].id, Label.UNSURE, str(thread))
                assert store.read_image(frame.sha256) == data
                assert any(f.id == frame.id for f in store.load(case_id).frames)
        except BaseException as error:  # noqa: BLE001  carried to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    (line,) = store.list()
    assert (line.frames, line.cells, line.unsure, line.healthy) == (24, 48, 24, 24)


def test_a_second_close_does_nothing(tmp_path: Path) -> None:
    store = CaseStore(tmp_path)
    store.close()
    store.close()


def test_earlier_cases_of_a_patient_are_found_by_number_else_by_name_and_birth(store: CaseStore) -> None:
    def begun(number: str, **facts: str) -> int:
        return store.create(CaseHeader(number, **facts))

    first = begun("1", patient="Doe, Jane", patient_id="MRN-1")
    begun("2", patient="Doe, Jane", patient_id="MRN-2")
    begun("3", patient="Doe, Jane")
    gone = begun("4", patient_id="MRN-1")
    store.remove_case(gone)
    here = begun("5", patient="Doe-Smith, Jane", patient_id="MRN-1", birth_date="1960-12-24", conclusion="Blasts.")
    begun("6", patient_id="MRN-1")
    assert [one.id for one in store.earlier_cases.of(here)] == [first]
    assert store.load(here).header.conclusion == "Blasts."
    born = begun("7", patient="Roe, Jo", birth_date="1961-01-01")
    assert [one.id for one in store.earlier_cases.of(begun("8", patient="Roe, Jo", birth_date="1961-01-01"))] == [born]
    assert store.earlier_cases.of(begun("9", patient="Roe, Jo")) == ()
