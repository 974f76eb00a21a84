"""The images of a run in their order: those that an earlier start has judged, and those that are to be judged."""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.errors import EngineError, LeukoScopeError
from leukoscope.domain.frames import Frame
from leukoscope.workflow.case_scale import CaseRuler
from leukoscope.workflow.duplicate_images import OnceOnly, Seen
from leukoscope.workflow.images import FileSource, ImageSource
from leukoscope.workflow.judged_image import JudgedImage, Stamp

logger = logging.getLogger(__name__)

Told = TypeVar("Told")
Find = Callable[[str], JudgedImage | None]
"""What is known of an image by its name."""


def stamp_of(source: ImageSource) -> Stamp | None:
    """Size and time of a source's file; ``None`` where it has none, or it is not there."""
    path = getattr(source, "path", None)
    if not isinstance(path, Path):
        return None
    try:
        told = path.stat()
    except (OSError, ValueError):
        return None
    return told.st_size, told.st_mtime_ns


@dataclass(frozen=True, eq=False)
class NotedSource:
    """An image that is read with the scale of its run; what it was when it was read is noted.

    Parameters
    ----------
    source
        The image.
    once
        The same, unreadable when it shows what an earlier one shows; or the image once more.
    plan
        What it is noted in.
    """

    source: ImageSource
    once: ImageSource
    plan: RunPlan

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.source.name

    def read(self) -> Frame:
        """Read the Frame; raises ImageError, for a copy too."""
        stamp = stamp_of(self.source)
        frame = self.once.read()
        scaled = self.plan.ruler.with_scale(frame)
        self.plan.notes[self.name] = stamp, scaled is not frame
        return scaled

    def image_bytes(self) -> bytes:
        """The file's bytes; raises ImageError when it has gone."""
        return self.source.image_bytes()


class RunPlan:
    """Hands out the images that are to be judged, and puts what is known between them.

    Parameters
    ----------
    sources
        All images in their order.
    find
        What an earlier start has found out.
    kept
        Whether everything that belongs to it is still there.
    count_copies
        Whether an image that is there twice counts twice.
    """

    def __init__(
        self, sources: Sequence[ImageSource], find: Find, kept: Callable[[JudgedImage], bool], *, count_copies: bool
    ) -> None:
        self.ruler = CaseRuler(sources)
        self.copies: dict[str, str] = {}
        self.notes: dict[str, tuple[Stamp | None, bool]] = {}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._seen = None if count_copies else Seen()
        self._sources, self._find, self._kept = iter(sources), find, kept
        self._order: deque[tuple[ImageSource, bool]] = deque()
        self._mark: str | None = None
        self.judged = 0

    def to_judge(self) -> Iterator[NotedSource]:
        """The images that must be judged; pulled lazily, from whatever thread."""
        for source in self._sources:
            known = self._known(source)
            self._order.append((source, known))
            if not known:
                yield self._noted(source)

    def _noted(self, source: ImageSource) -> NotedSource:
        once = source if self._seen is None else OnceOnly(source, self._seen, self.copies, self._keys)
        return NotedSource(source, once, self)

    def _known(self, source: ImageSource) -> bool:
        """Whether what is known of it holds: the same file, no copy of another, at the same scale, with its maps."""
        image = self._find(source.name)
        if image is None or image.error or image.is_copy or not self._unchanged(source, image):
            return False
        if image.scale and image.scale != self.scale_mark():
            return False
        if self._seen is None:
            return self._kept(image)
        if not image.keys or self._seen.earlier_of(image.keys, image.name) is not None:
            return False
        return self._kept(image)

    def _unchanged(self, source: ImageSource, image: JudgedImage) -> bool:
        stamp = stamp_of(source)
        if stamp is None or image.stamp is None:
            return False
        if stamp == image.stamp:
            return True
        # Copied or touched since: its bytes decide. A page is kept as an image of its own, and read again.
        if stamp[0] != image.stamp[0] or not isinstance(source, FileSource) or not image.keys:
            return False
        try:
            return hashlib.sha256(source.image_bytes()).hexdigest() == image.keys[0]
        except LeukoScopeError:
            return False

    def scale_mark(self) -> str:
        """Stands for what the images say of the scale; another mark, another scale for those without their own."""
        if self._mark is None:
            said = ";".join(f"{one.diameter!r},{one.count}" for one in self.ruler.evidence())
            self._mark = hashlib.sha256(said.encode("ascii")).hexdigest()[:20]
        return self._mark

    def outcomes(self, analyses: Iterator[Told]) -> Iterator[tuple[ImageSource, Told | ImageAnalysis | JudgedImage]]:
        """All images in their order, with what was found out now or before.

        When the engine is lost for good, the images after it say so; what was judged is kept.
        """
        try:
            for analysis in analyses:
                yield from self._known_before()
                source, _ = self._order.popleft()
                self.judged += 1
                yield source, analysis
            yield from self._known_before()
        except EngineError as error:
            if not self.judged:
                raise
            logger.error("the engine is given up after %d images: %s", self.judged, error.detail)
            for _ in self.to_judge():
                pass
            for source, known in self._order:
                yield source, self._again(source) if known else ImageAnalysis(source.name, error=error.message)

    def _known_before(self) -> Iterator[tuple[ImageSource, JudgedImage]]:
        while self._order and self._order[0][1]:
            source, _ = self._order.popleft()
            yield source, self._again(source)

    def _again(self, source: ImageSource) -> JudgedImage:
        image = self._find(source.name)
        assert image is not None, "it was found a moment ago"
        return image

    def completed(self, image: JudgedImage) -> JudgedImage:
        """An image that was judged now, with what is needed to know it again."""
        stamp, scaled = self.notes.pop(image.name, (None, False))
        keys = self._keys.pop(image.name, ())
        return replace(image, stamp=stamp, keys=keys, scale=self.scale_mark() if scaled else "")
