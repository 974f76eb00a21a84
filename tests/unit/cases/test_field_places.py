"""Places of overlapping images and cells that they share: kept on both databases, and settled when an image goes."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from leukoscope.cases.derived import wrong_columns
from leukoscope.cases.field_places import FieldPlace
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.waiting import JudgedCell
from tests.unit.cases.earlier import go_back

from .builders import analysis

PLACES = {1: FieldPlace(0, 0.0, 0.0, 0.93), 2: FieldPlace(0, 381.25, -12.5, 0.93)}


def three_images(store: CaseStore) -> tuple[int, list[int]]:
    """A case with three images, and the first cell of each."""
    case_id = store.create(CaseHeader("2026-1"))
    frames = [store.frames.add(case_id, analysis(data), data) for data in (b"one", b"two", b"three")]
    return case_id, [frame.cells[0].id for frame in frames]


def counting(store: CaseStore, case_id: int) -> set[int]:
    return {cell.id for frame in store.load(case_id).frames for cell in frame.cells}


def test_places_are_there_again_and_go_with_their_image(both: CaseStore, tmp_path: Path, url: str) -> None:
    case_id, _ = three_images(both)
    ids = [frame.id for frame in both.load(case_id).frames]
    places = dict(zip(ids, (*PLACES.values(),), strict=False))
    both.field_places.put(case_id, places | {999: PLACES[1]})
    again = CaseStore(tmp_path / "cases", url) if url else both
    assert again.field_places.read(case_id) == places
    if again is not both:
        again.close()
    both.frames.remove(ids[0])
    assert both.field_places.read(case_id) == {ids[1]: PLACES[2]}
    both.frames.restore(ids[0])
    assert both.field_places.read(case_id) == places
    both.field_places.put(case_id, {ids[2]: PLACES[1]})
    assert both.field_places.read(case_id) == {ids[2]: PLACES[1]}, "they replace all that were there"
    assert both.trail.verify().faults == ()


def test_an_image_that_is_judged_again_stands_where_its_former_did(both: CaseStore) -> None:
    case_id, _ = three_images(both)
    first = both.load(case_id).frames[0]
    both.field_places.put(case_id, {first.id: PLACES[1]})
    both.queue.again(case_id, [first.id], 0.2, "one")
    image = both.queue.claim("one")
    assert image is not None
    made = analysis(b"one")
    both.queue.judged.replace(image, "one", made, [JudgedCell(found) for found in made.findings])
    new = both.load(case_id).frames[0]
    assert new.former_id == first.id and both.field_places.read(case_id) == {new.id: PLACES[1]}


def test_a_shared_cell_counts_in_another_image_while_its_own_is_out(both: CaseStore) -> None:
    case_id, (stays, second, third) = three_images(both)
    whole = counting(both, case_id)
    ids = [frame.id for frame in both.load(case_id).frames]
    both.manual_edits.count_once({second: stays, third: stays}, "A. Weber")
    assert counting(both, case_id) == whole - {second, third} and both.field_places.counts_once(case_id)
    both.frames.remove(ids[0])
    assert {stays, second, third} & counting(both, case_id) == {second}, "it is counted once, not never"
    both.frames.remove(ids[1])
    assert {stays, second, third} & counting(both, case_id) == {third}
    both.frames.restore(ids[0])
    assert {stays, second, third} & counting(both, case_id) == {stays}
    both.frames.restore(ids[1])
    assert counting(both, case_id) == whole - {second, third}
    assert both.trail.verify().faults == ()
    with both.database.reading() as session:
        assert list(wrong_columns(session)) == [], "the worklist counts the same"


def test_what_a_person_said_of_a_shared_cell_holds(both: CaseStore) -> None:
    case_id, (stays, second, third) = three_images(both)
    ids = [frame.id for frame in both.load(case_id).frames]
    both.manual_edits.count_once({second: stays, third: stays}, "A. Weber")
    both.manual_edits.restore(third, "B. Kurz")
    both.frames.remove(ids[0])
    both.frames.restore(ids[0])
    assert {stays, second, third} & counting(both, case_id) == {stays, third}, "brought back, it is one of its own"
    both.manual_edits.remove(stays, "B. Kurz")
    both.frames.remove(ids[0])
    assert second not in counting(both, case_id), "what is no cell is none in another image either"
    both.manual_edits.restore(second, "B. Kurz")
    assert not both.field_places.counts_once(case_id)


def test_they_go_with_their_case(both: CaseStore) -> None:
    case_id, (stays, second, _) = three_images(both)
    both.manual_edits.count_once({second: stays}, "A. Weber")
    both.field_places.put(case_id, {frame.id: PLACES[1] for frame in both.load(case_id).frames})
    with both.database.writing() as session:
        session.execute(text("DELETE FROM cases"))
        left = [session.scalar(text(f"SELECT COUNT(*) FROM {name}")) for name in ("field_places", "shared_cells")]
    assert left == [0, 0]


def test_a_store_of_the_version_before_opens_without_places(tmp_path: Path, url: str) -> None:
    store = CaseStore(tmp_path / "cases", url)
    case_id, (stays, second, _) = three_images(store)
    go_back(store, "0021")
    store.close()
    opened = CaseStore(tmp_path / "cases", url)
    try:
        assert opened.field_places.read(case_id) == {} and not opened.field_places.counts_once(case_id)
        opened.manual_edits.count_once({second: stays}, "A. Weber")
        assert opened.field_places.counts_once(case_id) and opened.trail.verify().faults == ()
    finally:
        opened.close()
