"""The margins that two fields of a slide share: what one of them shows there, the other may count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.cells import Box
from leukoscope.domain.seen_twice import is_same
from leukoscope.domain.slides import field_place

SHOWN = 0.25
"""A cell of a neighbor is seen in a field where so much of its box lies in it."""


@dataclass(frozen=True)
class Neighbor:
    """A field of the same slide that shows a part of another one.

    Parameters
    ----------
    frame
        Its image.
    boxes
        Of the cells that count in it, in pixels of the other field's image.
    places
        Of the cells that it will count once it is judged, in the same pixels.
    """

    frame: CaseFrame
    boxes: tuple[Box, ...]
    places: tuple[tuple[float, float], ...] = ()


def neighbors(frame: CaseFrame, others: Sequence[CaseFrame]) -> Iterator[Neighbor]:
    """The fields that share a margin with an image; none where it is no field of a slide.

    Parameters
    ----------
    frame
        An image of a case.
    others
        All images of the case, those that wait to be judged too; the image itself may be among them.
    """
    own = field_place(frame.origin)
    if own is None:
        return
    slide, box = own
    for other in others:
        place = field_place(other.origin)
        if place is None or place[0] != slide or (other.id == frame.id and place[1] == box):
            continue
        dx, dy = place[1].x - box.x, place[1].y - box.y
        if -place[1].width < dx < box.width and -place[1].height < dy < box.height:
            cells = [cell.finding.cell.box for cell in other.cells]
            boxes = tuple(Box(one.x + dx, one.y + dy, one.width, one.height) for one in cells)
            is_judged = bool(cells or other.removed_cells)
            waiting = () if is_judged or other.origin is None else other.origin.counted or ()
            yield Neighbor(other, boxes, tuple((x + dx, y + dy) for x, y in waiting))


def counted_beside(frame: CaseFrame, others: Sequence[CaseFrame]) -> int:
    """How many cells an image shows at its margin without a box, because a field beside it counts them."""
    own = [cell.finding.cell.box for cell in frame.cells]
    found = 0
    for neighbor in neighbors(frame, others):
        seen = (box for box in neighbor.boxes if _part_inside(box, frame) >= SHOWN)
        found += sum(not any(is_same(one, box, 0, 0) for one in own) for box in seen)
        inside = ((x, y) for x, y in neighbor.places if 0 <= x < frame.width and 0 <= y < frame.height)
        found += sum(not any(_holds(one, place) for one in own) for place in inside)
    return found


def counting_field(box: Box, frame: CaseFrame, others: Sequence[CaseFrame]) -> CaseFrame | None:
    """The field that counts the cell in a box of an image already; ``None`` where none does."""
    for neighbor in neighbors(frame, others):
        if any(is_same(box, one, 0, 0) for one in neighbor.boxes) or any(_holds(box, one) for one in neighbor.places):
            return neighbor.frame
    return None


def _part_inside(box: Box, frame: CaseFrame) -> float:
    across = min(box.x + box.width, frame.width) - max(box.x, 0)
    down = min(box.y + box.height, frame.height) - max(box.y, 0)
    return max(across, 0) * max(down, 0) / (box.width * box.height)


def _holds(box: Box, place: tuple[float, float]) -> bool:
    x, y = place
    return box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height
