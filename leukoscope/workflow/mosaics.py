"""Images of a case that overlap: where they lie to each other, and which of their cells are the same."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.seen_twice import SeenCell, SeenTwice, seen_twice
from leukoscope.domain.stage import StagePosition
from leukoscope.imaging.cutouts import is_on_black
from leukoscope.imaging.mosaic import Mosaic
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act

logger = logging.getLogger(__name__)

MOST_JOINED = 400
"""So many images of a case are compared: each stays in memory as a gray copy, 1.3 MB at 1280x1024."""
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
    """

    places: Mapping[int, tuple[int, StagePosition]]
    alone: int
    agreement: float
    twice: tuple[SeenTwice, ...]

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

        Nothing is written. Images of another size than the first one, and cells cut out on black, are left alone.

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
            return self._joined(case.frames)

    def _add(self, frame: CaseFrame) -> None:
        try:
            pixels = self._repository.frame(frame).pixels
        except (LeukoScopeError, MemoryError) as error:
            logger.info("an image is not joined: %r", error)
            return
        if not is_on_black(pixels):
            self._ids.append(frame.id)
            self._mosaic.add(pixels)

    def _joined(self, frames: Sequence[CaseFrame]) -> JoinedImages:
        by_id = {frame.id: frame for frame in frames}
        places, twice = dict[int, tuple[int, StagePosition]](), list[SeenTwice]()
        for piece, group in enumerate(self._mosaic.groups()):
            members = {self._ids[number]: corner for number, corner in group.items()}
            if len(members) < 2:
                continue
            first = by_id[next(iter(members))]
            scale = first.um_per_px or first.estimated_um_per_px or UNKNOWN_UM_PER_PX
            for frame_id, (x, y) in members.items():
                middle = (x + first.width / 2) * scale, (y + first.height / 2) * scale
                places[frame_id] = piece, StagePosition(*middle)
            cells = [seen for frame_id in members for seen in _cells_of(by_id[frame_id])]
            twice += seen_twice(cells, members, (first.width, first.height))
        alone = sum(1 for frame in frames if frame.width and frame.id not in places)
        return JoinedImages(places, alone, self._mosaic.agreement, tuple(twice))


def _cells_of(frame: CaseFrame) -> list[SeenCell]:
    return [
        SeenCell(one.id, frame.id, one.finding.cell.box, one.finding.cell.flags, one.decision is not None)
        for one in frame.cells
    ]
