"""Images of a stored case that overlap lie side by side, and their cells count once when that is wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import cv2
import numpy as np
import pytest

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseFrame, CaseHeader
from leukoscope.domain.cells import Cell, View
from leukoscope.domain.findings import Finding, Label
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind, Pixels
from leukoscope.imaging.leukocytes import find_leukocytes
from leukoscope.imaging.localize import localize
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.mosaics import MosaicService
from leukoscope.workflow.operator_session import OperatorSession
from tests.gui.builders import BAND, GOOD
from tests.unit.imaging.fields_by_hand import HEIGHT, WIDTH, corners, photographed, smear, snake

ORDER = snake(3, 2)
UM_PER_PX = 0.1


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[CaseRepository]:
    made = CaseRepository(tmp_path / "cases")
    yield made
    made.close()


def somebody(*, refused: str = "") -> MagicMock:
    """Who may add images, or is refused that."""
    made = MagicMock(spec=OperatorSession)
    made.why_not.return_value = refused
    return made


def put(repository: CaseRepository, case_id: int, pixels: Pixels, name: str) -> None:
    """An image with the cells that are found in it."""
    data = cv2.imencode(".png", pixels[:, :, ::-1])[1].tobytes()
    origin = FrameOrigin(OriginKind.CAMERA, name)
    frame = Frame(pixels, origin, hashlib.sha256(data).hexdigest(), UM_PER_PX)
    findings = tuple(Finding(cell, (), Label.HEALTHY, 0.1, BAND, ()) for cell in localize(frame, View.FIELD))
    repository.store.frames.add(case_id, ImageAnalysis(name, frame, View.FIELD, GOOD, findings), data)


def test_overlapping_images_become_a_map_and_no_cell_counts_twice(repository: CaseRepository) -> None:
    case_id, right, world = repository.store.create(CaseHeader("A-1")), corners(ORDER), smear(3, 2)
    mosaics = MosaicService(repository, MagicMock(spec=OperatorSession))
    fields = list(photographed(world, right))
    for number, pixels in enumerate(fields[:4]):
        put(repository, case_id, pixels, f"{number}.png")
    first = mosaics.join(case_id)
    for number, pixels in enumerate(fields[4:], start=4):
        put(repository, case_id, pixels, f"{number}.png")
    joined = mosaics.join(case_id)
    case = repository.store.load(case_id)
    assert (len(first.places), len(joined.places), joined.pieces, joined.alone) == (4, 6, 1, 0)
    assert joined.agreement > 0.8
    middles = np.array([(joined.places[frame.id][1].x_um, joined.places[frame.id][1].y_um) for frame in case.frames])
    away = middles / UM_PER_PX - right
    assert np.hypot(*(away - away.mean(axis=0)).T).max() < 2
    whole = np.array([blob.box.center for blob in find_leukocytes(world, UM_PER_PX)])
    twice = {cell.id for one in joined.twice for cell in one.others}
    assert twice
    for cell_id in twice:
        repository.store.manual_edits.remove(cell_id, "A. Weber")
    case = repository.store.load(case_id)
    kept = np.array(
        [
            np.array(cell.finding.cell.box.center) + place
            for place, frame in zip(right, case.frames, strict=True)
            for cell in frame.cells
        ]
    )
    size = np.array([WIDTH, HEIGHT])
    inside = ((whole[:, None] >= right + 60) & (whole[:, None] <= right + size - 60)).all(axis=2)
    counts = (np.hypot(*(whole[inside.any(axis=1)][:, None] - kept[None]).transpose(2, 0, 1)) < 40).sum(axis=1)
    assert counts.tolist() == [1] * len(counts)
    assert mosaics.join(case_id).twice == (), "nothing is left to be counted once"
    assert sum(len(frame.removed_cells) for frame in case.frames) == len(twice), "they stay in the record"


def test_images_that_do_not_overlap_have_no_place(repository: CaseRepository) -> None:
    case_id, world = repository.store.create(CaseHeader("A-1")), smear(3, 2)
    for number, pixels in enumerate(photographed(world, corners([(0, 0), (2, 1)]))):
        put(repository, case_id, pixels, f"{number}.png")
    put(repository, case_id, np.ascontiguousarray(world[:200, :300]), "other size.png")
    joined = MosaicService(repository, MagicMock(spec=OperatorSession)).join(case_id)
    assert (joined.places, joined.alone, joined.twice, joined.pieces) == ({}, 3, (), 0)


def test_a_removed_image_and_another_case_begin_anew(repository: CaseRepository) -> None:
    world, service = smear(3, 2), MosaicService(repository, MagicMock(spec=OperatorSession))
    ids = [repository.store.create(CaseHeader(number)) for number in ("A-1", "A-2")]
    for number, pixels in enumerate(photographed(world, corners(ORDER[:3]))):
        put(repository, ids[0], pixels, f"{number}.png")
    assert len(service.join(ids[0]).places) == 3
    assert service.join(ids[1]).places == {}
    middle = repository.store.load(ids[0]).frames[1]
    repository.store.frames.remove(middle.id)
    joined = service.join(ids[0])
    assert (joined.places, joined.alone) == ({}, 2), "what joined the two others is gone"


def test_the_map_is_there_when_the_case_is_opened_again_and_no_image_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = CaseRepository(tmp_path / "cases")
    case_id = first.store.create(CaseHeader("A-1"))
    for number, pixels in enumerate(photographed(smear(3, 2), corners(ORDER))):
        put(first, case_id, pixels, f"{number}.png")
    assert MosaicService(first, somebody()).known(case_id) is None
    joined = MosaicService(first, somebody()).join(case_id)
    first.close()
    again = CaseRepository(tmp_path / "cases")
    monkeypatch.setattr(CaseRepository, "frame", None)
    try:
        known = MosaicService(again, somebody(refused="Only a technician may do that.")).known(case_id)
        assert known == joined and len(joined.places) == 6 and joined.twice
        assert again.store.trail.verify().faults == ()
    finally:
        again.close()


def test_who_may_not_add_images_sees_the_map_and_keeps_nothing(repository: CaseRepository) -> None:
    case_id = repository.store.create(CaseHeader("A-1"))
    for number, pixels in enumerate(photographed(smear(3, 2), corners(ORDER[:2]))):
        put(repository, case_id, pixels, f"{number}.png")
    service = MosaicService(repository, somebody(refused="Only a technician may do that."))
    assert len(service.join(case_id).places) == 2 and service.known(case_id) is None


def test_no_cell_is_counted_twice_or_never_whatever_becomes_of_its_images(repository: CaseRepository) -> None:
    """Also one that a person draws, and when the image that a shared cell is counted in is taken out."""
    case_id, store = repository.store.create(CaseHeader("A-1")), repository.store
    for number, pixels in enumerate(photographed(smear(3, 2), corners(ORDER))):
        put(repository, case_id, pixels, f"{number}.png")
    service = MosaicService(repository, somebody())
    joined = service.join(case_id)
    assert not joined.counts_once
    store.manual_edits.count_once({cell.id: one.stays.id for one in joined.twice for cell in one.others}, "A. Weber")
    before = [one.id for frame in store.load(case_id).frames for one in frame.cells]
    known = service.known(case_id)
    assert known is not None and known.twice == () and known.counts_once
    pair = joined.twice[0]
    store.frames.remove(pair.stays.image)
    counted = [one.id for frame in store.load(case_id).frames for one in frame.cells]
    assert pair.others[0].id in counted and pair.stays.id not in counted
    after = service.known(case_id)
    assert after is not None and after.twice == ()
    store.frames.restore(pair.stays.image)
    assert [one.id for frame in store.load(case_id).frames for one in frame.cells] == before
    other = pair.others[0]
    by_hand = store.manual_edits.add(
        other.image, Finding(replace(_cell_at(store.load(case_id).frames, other.id)), (), Label.HEALTHY, 0.1, BAND, ()),
        "A. Weber",
    )  # fmt: skip
    drawn = service.known(case_id)
    assert drawn is not None
    assert [{cell.id for cell in one.others} | {one.stays.id} for one in drawn.twice] == [{by_hand.id, pair.stays.id}]


def _cell_at(frames: Sequence[CaseFrame], cell_id: int) -> Cell:
    return next(
        one.finding.cell for frame in frames for one in (*frame.cells, *frame.removed_cells) if one.id == cell_id
    )


def test_what_a_camera_took_is_told_for_the_live_map_and_nothing_else(repository: CaseRepository) -> None:
    case_id, fields = repository.store.create(CaseHeader("A-1")), list(photographed(smear(3, 2), corners(ORDER[:2])))
    for number, pixels in enumerate(fields):
        put(repository, case_id, pixels, f"{number}.png")
    put(repository, case_id, np.ascontiguousarray(fields[0][:200, :300]), "other size.png")
    told: list[Pixels] = []
    service = MosaicService(repository, somebody())
    assert service.taken_fields(case_id, WIDTH, HEIGHT, lambda pixels, _moment: told.append(pixels)) == 2
    assert all(np.array_equal(one, field) for one, field in zip(told, fields, strict=True))
