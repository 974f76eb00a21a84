"""Where an image was taken, in the store: on both databases, through everything that becomes of an image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.domain.stage import StagePosition
from leukoscope.domain.waiting import Arrival
from tests.unit.cases.earlier import go_back

from .builders import analysis

HERE = StagePosition(-12.5, 0.0)


def placed(data: bytes = b"image", stage: StagePosition | None = HERE) -> ImageAnalysis:
    made = analysis(data)
    assert made.frame is not None
    origin = replace(made.frame.origin, stage=stage)
    return replace(made, frame=Frame(made.frame.pixels, origin, made.frame.sha256, 0.25))


def stages(store: CaseStore, case_id: int) -> list[StagePosition | None]:
    return [one.origin.stage if one.origin else None for one in store.load(case_id).frames]


def test_it_stays_when_an_image_is_taken_out_and_brought_back(both: CaseStore) -> None:
    case_id = both.create(CaseHeader("2026-1"))
    one = both.frames.add(case_id, placed(), b"image")
    both.frames.add(case_id, placed(b"other", None), b"other")
    assert stages(both, case_id) == [HERE, None]
    both.frames.remove(one.id)
    both.frames.restore(one.id)
    assert stages(both, case_id) == [HERE, None]


def test_it_waits_with_its_image_and_is_kept_when_that_is_judged_again(both: CaseStore) -> None:
    case_id = both.create(CaseHeader("2026-1"))
    origin = FrameOrigin(OriginKind.CAMERA, "Camera 10:00:00", stage=HERE)
    both.queue.accept(case_id, [Arrival("taken", b"image", origin)], "one")
    image = both.queue.claim("one")
    assert image is not None and image.origin == origin
    assert both.queue.judged.complete(image, "one", ImageAnalysis("taken", error="It is damaged.")) is not None
    assert stages(both, case_id) == [HERE]
    (failed,) = both.load(case_id).frames
    both.queue.again(case_id, [failed.id], None, "one")
    waiting = both.queue.claim("one")
    assert waiting is not None and waiting.origin is not None and waiting.origin.stage == HERE


def test_a_store_of_the_version_before_opens_without_places(tmp_path: Path, url: str) -> None:
    store = CaseStore(tmp_path / "cases", url)
    case_id = store.create(CaseHeader("2026-1"))
    store.frames.add(case_id, placed(stage=None), b"image")
    go_back(store, "0019")
    store.close()
    opened = CaseStore(tmp_path / "cases", url)
    try:
        assert stages(opened, case_id) == [None]
        assert opened.trail.verify().faults == ()
        opened.frames.add(case_id, placed(b"new"), b"new")
        assert stages(opened, case_id) == [None, HERE]
    finally:
        opened.close()


def test_who_moves_a_place_behind_the_programs_back_is_seen(both: CaseStore) -> None:
    """Also from 0, which in a column of its own would count as nothing."""
    case_id = both.create(CaseHeader("2026-1"))
    both.frames.add(case_id, placed(stage=StagePosition(0.0, 0.0)), b"image")
    assert both.trail.verify().faults == ()
    with both.database.writing() as session:
        session.execute(text("UPDATE frames SET stage = NULL"))
    assert len(both.trail.verify().faults) == 1
