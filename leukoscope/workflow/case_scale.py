"""Uncalibrated images are judged at the scale that all images of their case agree on."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.frames import Frame
from leukoscope.imaging.cutouts import is_on_black
from leukoscope.imaging.pooled_scale import um_per_px_in_case
from leukoscope.imaging.scale import RedCells, measure_red_cells
from leukoscope.workflow.images import ImageSource

logger = logging.getLogger(__name__)

LOOKED_AT = 24
"""At most so many images of a case are asked, evenly chosen: more change the median little."""
REMEMBERED = 512
"""Of so many images it is remembered what their red cells said; an entry takes a few bytes."""


class RedCellMemory:
    """What the red cells of images said, by a key of each image, so that none is read again for it."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, RedCells | None] = OrderedDict()

    def of(self, key: str, read: Callable[[], Frame]) -> RedCells | None:
        """The red cells of one image; ``None`` when it shows none, cannot be read, or is a cell on black."""
        if key not in self._known:
            self._known[key] = _measured(read)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return self._known[key]


def _measured(read: Callable[[], Frame]) -> RedCells | None:
    try:
        frame = read()
        return None if is_on_black(frame.pixels) else measure_red_cells(frame.pixels)
    except (LeukoScopeError, MemoryError) as error:
        logger.info("an image says nothing of the scale: %r", error)
    except Exception:
        logger.exception("an image says nothing of the scale")  # it must not take the scale from all others
    return None


class CaseRuler:
    """Knows the scale of a case's uncalibrated images; looks at other images when it is first asked.

    Parameters
    ----------
    sources
        Images that are judged together.
    stored
        Gives the images that the case has already.
    read_stored
        Reads one of these.
    memory
        What earlier rulers saw.
    known
        The :meth:`evidence` of another ruler, which this one goes by.
    """

    def __init__(
        self,
        sources: Sequence[ImageSource],
        stored: Callable[[], Sequence[CaseFrame]] = tuple,
        read_stored: Callable[[CaseFrame], Frame] | None = None,
        memory: RedCellMemory | None = None,
        known: tuple[RedCells, ...] | None = None,
    ) -> None:
        self._sources, self._stored, self._read_stored = sources, stored, read_stored
        self._memory = memory or RedCellMemory()
        self._evidence = known

    def with_scale(self, frame: Frame) -> Frame:
        """The frame, with the case's scale where it has none of its own and shows more than a cut-out cell."""
        if frame.um_per_px is not None or is_on_black(frame.pixels):
            return frame
        own = self._memory.of(frame.sha256, lambda: frame)
        return replace(frame, estimated_um_per_px=um_per_px_in_case(own, self._all()))

    def evidence(self) -> tuple[RedCells, ...]:
        """What the red cells of the images that were asked say; looks at them when it is first asked."""
        return self._all()

    def _all(self) -> tuple[RedCells, ...]:
        if self._evidence is None:
            stored = [self._of_stored(frame) for frame in self._stored() if frame.sha256]
            every = [*stored, *(self._of_source(source) for source in self._sources)]
            step = max(1, -(-len(every) // LOOKED_AT))
            self._evidence = tuple(seen for ask in every[::step] if (seen := ask()) is not None)
        return self._evidence

    def _of_stored(self, frame: CaseFrame) -> Callable[[], RedCells | None]:
        read = self._read_stored
        if read is None:
            return lambda: None
        return lambda: self._memory.of(frame.sha256, lambda: read(frame))

    def _of_source(self, source: ImageSource) -> Callable[[], RedCells | None]:
        def ask() -> RedCells | None:
            try:
                frame = source.read()
            except (LeukoScopeError, MemoryError) as error:
                logger.info("an image says nothing of the scale: %r", error)
                return None
            except Exception:
                logger.exception("an image says nothing of the scale")
                return None
            return self._memory.of(frame.sha256, lambda: frame)

        return ask


@dataclass(frozen=True, eq=False)
class InCase:
    """An image that is read with the scale of its case."""

    source: ImageSource
    ruler: CaseRuler

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.source.name

    def read(self) -> Frame:
        """Read the Frame; raises ImageError."""
        return self.ruler.with_scale(self.source.read())

    def image_bytes(self) -> bytes:
        """The file's bytes; raises ImageError when it has gone."""
        return self.source.image_bytes()


def in_case(sources: Iterable[ImageSource], ruler: CaseRuler) -> tuple[InCase, ...]:
    """All sources, to be read with the scale that the ruler finds."""
    return tuple(InCase(source, ruler) for source in sources)
