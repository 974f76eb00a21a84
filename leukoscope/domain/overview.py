"""Where the images of a case lie on the glass: what the overview draws."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath
from statistics import median

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.slides import slide_of
from leukoscope.domain.stage import StagePosition

SEEN_TWICE = 0.04
"""Part of an image from which on what it has in common with another is worth joining."""
UNKNOWN_SIDE_UM = 100.0
"""Drawn for a side that nobody knows where only one image is."""


@dataclass(frozen=True)
class TakenField:
    """One image as the overview needs it.

    Parameters
    ----------
    origin
        Where it came from.
    size_um
        Width and height in the specimen; ``None`` where its scale or its size is not known.
    joined
        Where it lies by what it shows: number of its piece of a map, and place of its middle. It counts where no stage
        told the place.
    """

    origin: FrameOrigin | None
    size_um: tuple[float, float] | None
    joined: tuple[int, StagePosition] | None = None


NOWHERE = TakenField(None, None)
"""An image of which nothing is known."""


@dataclass(frozen=True)
class PlacedField:
    """One image in its place.

    Parameters
    ----------
    number
        Which of the images it is, from 0.
    x_um, y_um
        Its center.
    width_um, height_um
        Its sides.
    is_sized
        Whether its sides are its own; else they are those of its neighbors.
    """

    number: int
    x_um: float
    y_um: float
    width_um: float
    height_um: float
    is_sized: bool

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom in micrometers."""
        across, down = self.width_um / 2, self.height_um / 2
        return self.x_um - across, self.y_um - down, self.x_um + across, self.y_um + down

    def place_of(self, box: Box, width: int, height: int) -> StagePosition:
        """Where the middle of a box lies, in an image of so many pixels.

        The sides of the image are taken to lie along those of the stage, as a camera is mounted.
        """
        across, down = (box.x + box.width / 2) / width - 0.5, (box.y + box.height / 2) / height - 0.5
        return StagePosition(self.x_um + across * self.width_um, self.y_um + down * self.height_um)


@dataclass(frozen=True)
class Area:
    """Images whose places can be compared.

    Parameters
    ----------
    name
        Camera or folder that they are of; empty where neither is known.
    fields
        In the order of the case.
    is_joined
        Whether the places are by what the images show: only those to each other are known.
    """

    name: str
    fields: tuple[PlacedField, ...]
    is_joined: bool = False

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all of them, in micrometers."""
        sides = [one.bounds for one in self.fields]
        lefts, tops, rights, bottoms = zip(*sides, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)


@dataclass(frozen=True)
class _Piece:
    """A piece of a map that overlapping images make."""

    number: int


def areas(taken: Sequence[TakenField]) -> tuple[Area, ...]:
    """The images that tell their place, those apart whose coordinates need not be the same ones.

    A stage counts from another point once it was switched off, and each microscope from its own. So images of a
    camera share an area where they are of one camera and one day; those of files, where they are of one camera and
    lie in one folder; fields of a slide, where they are of the same one.
    """
    found: dict[Hashable, list[int]] = {}
    names: dict[Hashable, str] = {}
    for number, one in enumerate(taken):
        origin = one.origin
        if origin is not None and origin.stage is not None:
            key, name = _shared_by(origin)
            found.setdefault(key, []).append(number)
            names.setdefault(key, name)
        elif one.joined is not None:
            found.setdefault(_Piece(one.joined[0]), []).append(number)
    return tuple(
        Area(names.get(key, ""), _placed(taken, numbers), isinstance(key, _Piece)) for key, numbers in found.items()
    )


def _shared_by(origin: FrameOrigin) -> tuple[Hashable, str]:
    camera = origin.microscope.camera
    if origin.kind is OriginKind.CAMERA:
        day = origin.taken_at.date() if origin.taken_at else None
        name = " ".join(part for part in (camera, day.isoformat() if day else "") if part)
        return (origin.kind, camera.casefold(), day), name
    slide = slide_of(origin)
    if slide:
        return (origin.kind, slide), PurePath(slide).name
    folder = PurePath(origin.path).parent if origin.path else None
    return (origin.kind, camera.casefold(), folder), camera or (folder.name if folder else "")


def _placed(taken: Sequence[TakenField], numbers: Sequence[int]) -> tuple[PlacedField, ...]:
    places = {number: _place_of(taken[number]) for number in numbers}
    known = [size for number in numbers if (size := taken[number].size_um) is not None]
    usual = (median(size[0] for size in known), median(size[1] for size in known)) if known else _between(places)
    fields = []
    for number, stage in places.items():
        assert stage is not None
        own = taken[number].size_um
        width, height = own or usual
        fields.append(PlacedField(number, stage.x_um, stage.y_um, width, height, own is not None))
    return tuple(fields)


def _place_of(one: TakenField) -> StagePosition | None:
    if one.origin is not None and one.origin.stage is not None:
        return one.origin.stage
    return one.joined[1] if one.joined is not None else None


def _between(places: dict[int, StagePosition | None]) -> tuple[float, float]:
    """Sides that let neighbors be told apart: half of what lies between the two nearest columns, or rows."""
    seen = [one for one in places.values() if one is not None]
    steps = []
    for values in ({one.x_um for one in seen}, {one.y_um for one in seen}):
        ordered = sorted(values)
        steps += [right - left for left, right in pairwise(ordered)]
    side = min((step for step in steps if step > 1.0), default=2 * UNKNOWN_SIDE_UM) / 2
    return side, side


def overlap(taken: Sequence[TakenField]) -> bool:
    """Whether images that stages placed one after the other show common places, so that cells are seen twice.

    Fields of a slide are left out: in each only cells are counted that its neighbors do not count.
    """
    known = [one for one in taken if one.size_um is not None and not (one.origin is not None and slide_of(one.origin))]
    staged = [area for area in areas(known) if not area.is_joined]
    return any(_show_the_same(one, other) for area in staged for one, other in pairwise(area.fields))


def _show_the_same(one: PlacedField, other: PlacedField) -> bool:
    (left, top, right, bottom), theirs = one.bounds, other.bounds
    across, down = min(right, theirs[2]) - max(left, theirs[0]), min(bottom, theirs[3]) - max(top, theirs[1])
    return min(across, down) > 0 and across * down >= SEEN_TWICE * one.width_um * one.height_um


def neighbor(fields: Sequence[PlacedField], here: PlacedField, right: int, down: int) -> PlacedField | None:
    """The nearest field to one side, rather straight ahead than aslant; ``None`` at the edge.

    Parameters
    ----------
    fields
        Among which it is looked for.
    here
        From where.
    right, down
        Direction: one of them 1 or -1, the other 0.
    """

    def ahead(one: PlacedField) -> float:
        return (one.x_um - here.x_um) * right + (one.y_um - here.y_um) * down

    def aside(one: PlacedField) -> float:
        return abs((one.x_um - here.x_um) * down) + abs((one.y_um - here.y_um) * right)

    found = [one for one in fields if ahead(one) > 1e-6 and aside(one) <= 2 * ahead(one)]
    return min(found, key=lambda one: (ahead(one) + 2 * aside(one), one.number), default=None)
