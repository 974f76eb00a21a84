"""Which cells of a field are counted in it, in the store: on both databases, through everything that becomes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.domain.waiting import Arrival
from tests.unit.cases.earlier import go_back

from .builders import analysis

Counted = tuple[tuple[float, float], ...] | None
CENTERS = ((12.5, 40.0), (0.0, 7.5))


def field(data: bytes, counted: Counted) -> ImageAnalysis:
    made = analysis(data)
    assert made.frame is not None
    return replace(
        made, frame=Frame(made.frame.pixels, replace(made.frame.origin, counted=counted), made.frame.sha256, 0.25)
    )


def kept(store: CaseStore, case_id: int) -> list[Counted]:
    return [one.origin.counted if one.origin else None for one in store.load(case_id).frames]


def test_all_some_and_none_are_told_apart(both: CaseStore) -> None:
    case_id = both.create(CaseHeader("2026-1"))
    for number, counted in enumerate((None, CENTERS, ())):
        both.frames.add(case_id, field(b"%d" % number, counted), b"%d" % number)
    assert kept(both, case_id) == [None, CENTERS, ()]


def test_it_waits_with_its_image_and_stays_when_that_is_judged_again(both: CaseStore) -> None:
    case_id = both.create(CaseHeader("2026-1"))
    origin = FrameOrigin(OriginKind.FILE, "a.svs#xywh=0,0,10,10", counted=CENTERS)
    both.queue.accept(case_id, [Arrival("field", b"image", origin)], "one")
    image = both.queue.claim("one")
    assert image is not None
    assert image.origin == origin
    assert both.queue.judged.complete(image, "one", ImageAnalysis("field", error="It is damaged.")) is not None
    (failed,) = both.load(case_id).frames
    both.queue.again(case_id, [failed.id], None, "one")
    waiting = both.queue.claim("one")
    assert waiting is not None
    assert waiting.origin is not None
    assert waiting.origin.counted == CENTERS


def test_a_store_of_the_version_before_counts_all_cells(tmp_path: Path, url: str) -> None:
    store = CaseStore(tmp_path / "cases", url)
    case_id = store.create(CaseHeader("2026-1"))
    store.frames.add(case_id, field(b"image", None), b"image")
    go_back(store, "0020")
    store.close()
    opened = CaseStore(tmp_path / "cases", url)
    try:
        assert kept(opened, case_id) == [None]
        assert opened.trail.verify().faults == ()
        opened.frames.add(case_id, field(b"new", CENTERS), b"new")
        assert kept(opened, case_id) == [None, CENTERS]
    finally:
        opened.close()


def test_who_changes_it_behind_the_programs_back_is_seen(both: CaseStore) -> None:
    case_id = both.create(CaseHeader("2026-1"))
    both.frames.add(case_id, field(b"image", CENTERS), b"image")
    assert both.trail.verify().faults == ()
    with both.database.writing() as session:
        session.execute(text("UPDATE frames SET counted = NULL"))
    assert len(both.trail.verify().faults) == 1
