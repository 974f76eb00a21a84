"""Images of a case that overlap: where they lie to each other, and which of their cells are the same."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from leukoscope.cases.field_places import FieldPlace
from leukoscope.domain.cases import Case, CaseFrame
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.frames import OriginKind, Pixels
from leukoscope.domain.seen_twice import SeenCell, SeenTwice, seen_twice
from leukoscope.domain.stage import StagePosition
from leukoscope.imaging.cutouts import is_on_black
from leukoscope.imaging.following import shrunk
from leukoscope.imaging.mosaic import Mosaic
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act

logger = logging.getLogger(__name__)

MOST_JOINED = 400
"""So many images of a case are compared: each stays in memory as a gray copy, 1.3 MB at 1280x1024."""
Pieces = tuple[Mapping[int, tuple[float, float]], ...]
"""Of each piece of a map its images, by their ids, with their upper left corners in pixels."""
UNKNOWN_UM_PER_PX = 0.1
"""For images without a scale: that of a 100x objective on a common camera, so that a map can be drawn at all."""


@dataclass(frozen=True)
class JoinedImages:
    """What came of it.

    Parameters
    ----------
    places
        Of each image that overlaps another, by its id: the number of its piece of the map, and the place of its middle.
    alone
        How many images overlap no other.
    agreement
        The weakest correlation on which a place rests, up to 1.
    twice
        Cells that several images show.
    counts_once
        Whether somebody has let cells of the case that several images show be counted once.
    """

    places: Mapping[int, tuple[int, StagePosition]]
    alone: int
    agreement: float
    twice: tuple[SeenTwice, ...]
    counts_once: bool = False

    @property
    def pieces(self) -> int:
        """How many pieces of a map there are."""
        return len({piece for piece, _ in self.places.values()})


class MosaicService:
    """Joins the images of one case at a time, and goes on with it when others come.

    Parameters
    ----------
    repository
        The cases.
    operator
        Who works here.
    """

    def __init__(self, repository: CaseRepository, operator: OperatorSession) -> None:
        self._repository, self._operator = repository, operator
        self._lock = threading.Lock()
        self._case_id, self._mosaic, self._ids = 0, Mosaic(), list[int]()

    def join(self, case_id: int) -> JoinedImages:
        """Look where the images of a case overlap; those that were looked at before are not read again.

        The places are kept with the case where who works here may add images to it. Images of another size than the
        first one, and cells cut out on black, are left alone.

        Raises
        ------
        StoreError, AccessError
            When the case cannot be read, or who works here may not.
        """
        self._operator.look(Act.SEE)
        case = self._repository.store.load(case_id)
        with self._lock:
            there = {frame.id for frame in case.frames}
            if case_id != self._case_id or not there.issuperset(self._ids):
                self._case_id, self._mosaic, self._ids = case_id, Mosaic(), []
            for frame in case.frames:
                if frame.width and frame.id not in self._ids and len(self._ids) < MOST_JOINED:
                    self._add(frame)
            pieces = tuple(
                {self._ids[number]: corner for number, corner in group.items()} for group in self._mosaic.groups()
            )
            agreement = self._mosaic.agreement
        if not case.state.is_read_only and not self._operator.why_not(Act.ADD_IMAGES):
            self._keep(case_id, pieces, agreement)
        return self._joined(case, pieces, agreement)

    def taken_fields(
        self, case_id: int, width: int, height: int, on_field: Callable[[Pixels, datetime | None], None]
    ) -> int:
        """Tell of the images that a camera took into a case, in pictures of the size of a live map; how many there are.

        Parameters
        ----------
        case_id
            Which case.
        width, height
            Of the camera's pictures now, in pixels: images of another size are left out.
        on_field
            Told of each, with its moment.

        Raises
        ------
        StoreError, AccessError
            As :meth:`join`.
        """
        self._operator.look(Act.SEE)
        frames = [
            frame
            for frame in self._repository.store.load(case_id).frames
            if (frame.width, frame.height) == (width, height)
            and frame.origin is not None
            and frame.origin.kind is OriginKind.CAMERA
        ][:MOST_JOINED]
        for frame in frames:
            try:
                pixels = shrunk(self._repository.frame(frame).pixels)
            except (LeukoScopeError, MemoryError) as error:
                logger.info("an image is not on the live map: %r", error)
                continue
            on_field(pixels, frame.origin.taken_at if frame.origin is not None else None)
        return len(frames)

    def known(self, case_id: int) -> JoinedImages | None:
        """What was found when the images of a case were joined, with its cells as they are now; no image is read.

        ``None`` where they never were, or no two overlapped. Images that came since then have no place.

        Raises
        ------
        StoreError, AccessError
            As :meth:`join`.
        """
        self._operator.look(Act.SEE)
        kept = self._repository.store.field_places.read(case_id)
        if not kept:
            return None
        pieces = dict[int, dict[int, tuple[float, float]]]()
        for frame_id, place in kept.items():
            pieces.setdefault(place.piece, {})[frame_id] = place.x, place.y
        agreement = min(place.agreement for place in kept.values())
        return self._joined(self._repository.store.load(case_id), tuple(pieces.values()), agreement)

    def _keep(self, case_id: int, pieces: Pieces, agreement: float) -> None:
        places = {
            frame_id: FieldPlace(number, x, y, agreement)
            for number, piece in enumerate(pieces)
            for frame_id, (x, y) in piece.items()
            if len(piece) > 1
        }
        if places != self._repository.store.field_places.read(case_id):
            self._repository.store.field_places.put(case_id, places)

    def _add(self, frame: CaseFrame) -> None:
        try:
            pixels = self._repository.frame(frame).pixels
        except (LeukoScopeError, MemoryError) as error:
            logger.info("an image is not joined: %r", error)
            return
        if not is_on_black(pixels):
            self._ids.append(frame.id)
            self._mosaic.add(pixels)

    def _joined(self, case: Case, pieces: Pieces, agreement: float) -> JoinedImages:
        by_id = {frame.id: frame for frame in case.frames}
        places, twice = dict[int, tuple[int, StagePosition]](), list[SeenTwice]()
        for piece, group in enumerate(pieces):
            members = {frame_id: corner for frame_id, corner in group.items() if frame_id in by_id}
            if len(members) < 2:
                continue
            first = by_id[next(iter(members))]
            scale = first.um_per_px or first.estimated_um_per_px or UNKNOWN_UM_PER_PX
            for frame_id, (x, y) in members.items():
                middle = (x + first.width / 2) * scale, (y + first.height / 2) * scale
                places[frame_id] = piece, StagePosition(*middle)
            cells = [seen for frame_id in members for seen in _cells_of(by_id[frame_id])]
            twice += seen_twice(cells, members, (first.width, first.height))
        alone = sum(1 for frame in case.frames if frame.width and frame.id not in places)
        once = self._repository.store.field_places.counts_once(case.id)
        return JoinedImages(places, alone, agreement if places else 0.0, tuple(twice), once)


def _cells_of(frame: CaseFrame) -> list[SeenCell]:
    return [
        SeenCell(one.id, frame.id, one.finding.cell.box, one.finding.cell.flags, one.decision is not None)
        for one in frame.cells
    ]
