"""Pictures of a smear that overlap, laid side by side while they come: where each lies, and which belong together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Pixels
from leukoscope.imaging.overlaps import LEAST_PART, Look, Overlap, check_overlap, find_overlap, look_at

LATEST = 3
"""So many pictures before are looked at first: a hand moves on from where it was."""
MOST_SEARCHED = 16
"""So many of the others are looked at where no picture before overlaps."""
_OUTLIER_PX = 4.0
"""A pair that is farther from where all others put it is wrong, and left out."""
_ROUNDS = 8
_SLACK = 0.08
"""Part of a picture's sides by which a place may be wrong before neighbors are told by it."""


@dataclass(frozen=True)
class Joint:
    """Two pictures that overlap.

    Parameters
    ----------
    first, second
        Their numbers.
    overlap
        How the second lies to the first.
    """

    first: int
    second: int
    overlap: Overlap


@dataclass
class Mosaic:
    """Takes pictures of the same size, one after the other.

    Parameters
    ----------
    joints
        Pairs that overlap, as far as they were looked for.
    most_neighbors
        With how many pictures around it a new one is joined at most, the nearest first.
    """

    joints: list[Joint] = field(default_factory=list)
    most_neighbors: int = 1000
    _looks: list[Look] = field(default_factory=list)
    _group: list[int] = field(default_factory=list)
    _places: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))

    def __len__(self) -> int:
        return len(self._looks)

    def add(self, pixels: Pixels) -> bool:
        """Take the next picture; whether it overlaps one before.

        Parameters
        ----------
        pixels
            Shape (height, width, 3), uint8.
        """
        return self.add_look(look_at(pixels))

    def add_look(self, look: Look, first: tuple[int, Overlap] | None = None) -> bool:
        """Take a picture that was looked at already.

        Parameters
        ----------
        look
            What is compared of it.
        first
            A picture that it is known to overlap, and how; it is looked for otherwise.
        """
        number = len(self._looks)
        self._looks.append(look)
        self._group.append(number)
        self._places = np.vstack([self._places, np.zeros(2)])
        found = self._first_joint(number) if first is None else Joint(first[0], number, first[1])
        if found is None:
            return False
        self.joints.append(found)
        self._places[number] = self._places[found.first] + (found.overlap.dx, found.overlap.dy)
        self._group[number] = self._group[found.first]
        self._join_neighbors(number)
        self._solve(self._group[number])
        return True

    def _first_joint(self, number: int) -> Joint | None:
        """The overlap with one of the latest pictures, else with any."""
        before = list(range(number - 1, -1, -1))
        look = self._looks[number]
        for other in before[: LATEST + MOST_SEARCHED]:
            overlap = find_overlap(self._looks[other], look)
            if overlap is not None:
                return Joint(other, number, overlap)
        return None

    def _join_neighbors(self, number: int) -> None:
        """Overlaps with all that lie beside it by their places, those of other groups too once they are found."""
        joined = {joint.first for joint in self.joints if joint.second == number}
        away = np.abs(self._places[:number] - self._places[number])
        beside = [
            other
            for other in np.argsort(away.sum(axis=1)).tolist()
            if self._group[other] == self._group[number] and self._overlaps(number, *away[other].tolist())
        ]
        for other in beside[: self.most_neighbors]:
            if other in joined:
                continue
            dx, dy = (float(one) for one in self._places[number] - self._places[other])
            overlap = check_overlap(self._looks[other], self._looks[number], dx, dy)
            if overlap is not None:
                self.joints.append(Joint(other, number, overlap))
        self._bridge(number, joined)

    def _bridge(self, number: int, joined: set[int]) -> None:
        """A picture between two groups makes one of them; the newest pictures of other groups are tried."""
        others = [one for one in range(number - 1, -1, -1) if self._group[one] != self._group[number]]
        for other in others[:LATEST]:
            overlap = find_overlap(self._looks[other], self._looks[number])
            if overlap is None or other in joined:
                continue
            self.joints.append(Joint(other, number, overlap))
            shift = self._places[number] - (overlap.dx, overlap.dy) - self._places[other]
            theirs, mine = self._group[other], self._group[number]
            for one, group in enumerate(self._group):
                if group == theirs:
                    self._places[one] += shift
                    self._group[one] = mine

    def _overlaps(self, number: int, dx: float, dy: float) -> bool:
        height, width = self._looks[number].gray.shape
        both = width * (1 + _SLACK) - abs(dx), height * (1 + _SLACK) - abs(dy)
        return bool(min(both) > 0 and both[0] * both[1] >= LEAST_PART * width * height)

    def _solve(self, group: int) -> None:
        """Places of a group by least squares; pairs that all others contradict have no voice (Huber's weights)."""
        members = [one for one, its in enumerate(self._group) if its == group]
        row_of = {one: row for row, one in enumerate(members)}
        joints = [joint for joint in self.joints if joint.first in row_of and joint.second in row_of]
        if len(members) < 2 or len(joints) < len(members):
            return  # a chain: each place follows from the one before
        ends = np.array([(row_of[joint.first], row_of[joint.second]) for joint in joints])
        shifts = np.array([(joint.overlap.dx, joint.overlap.dy) for joint in joints])
        trust = np.array([joint.overlap.pixels * joint.overlap.agreement**2 for joint in joints])
        weights, held = trust.copy(), self._places[members[0]]
        for _ in range(_ROUNDS):
            places = _balanced(ends, shifts, weights, len(members)) + held
            away = np.hypot(*(places[ends[:, 1]] - places[ends[:, 0]] - shifts).T)
            weights = trust * np.minimum(1.0, 1.0 / np.maximum(away, 1e-9))
        self._places[members] = places
        wrong = {row for row in range(len(joints)) if away[row] > _OUTLIER_PX}
        if wrong:
            dropped = {id(joints[row]) for row in wrong}
            self.joints = [joint for joint in self.joints if id(joint) not in dropped]

    def drop_last(self) -> None:
        """Take the newest picture out again; what only it joined falls into pieces, which stay where they were."""
        if not self._looks:
            return
        last = len(self._looks) - 1
        self._looks.pop()
        self._places = self._places[:last]
        self.joints = [joint for joint in self.joints if last not in (joint.first, joint.second)]
        self._group = list(range(last))
        for joint in self.joints:
            one, other = self._group[joint.first], self._group[joint.second]
            if one != other:
                self._group = [one if group == other else group for group in self._group]

    # What came of it -------------------------------------------------------------------------------------------

    def groups(self) -> tuple[dict[int, tuple[float, float]], ...]:
        """Pictures that lie side by side, each with its upper left corner in pixels from the group's first picture.

        The largest group first; a picture that overlaps none is a group of its own.
        """
        found: dict[int, dict[int, tuple[float, float]]] = {}
        for number, group in enumerate(self._group):
            found.setdefault(group, {})[number] = (float(self._places[number, 0]), float(self._places[number, 1]))
        return tuple(sorted(found.values(), key=lambda group: (-len(group), min(group))))

    def look(self, number: int) -> Look:
        """What is compared of a picture."""
        return self._looks[number]

    def piece_of(self, number: int) -> dict[int, tuple[float, float]]:
        """The pictures of the piece that a picture belongs to, each with its upper left corner in pixels."""
        mine = self._group[number]
        return {
            one: (float(self._places[one, 0]), float(self._places[one, 1]))
            for one, group in enumerate(self._group)
            if group == mine
        }

    @property
    def agreement(self) -> float:
        """The weakest agreement on which a place rests, up to 1; 0 where nothing overlaps."""
        best: dict[int, float] = {}
        for joint in self.joints:
            best[joint.second] = max(best.get(joint.second, 0.0), joint.overlap.agreement)
        return min(best.values(), default=0.0)


def _balanced(
    ends: NDArray[np.int64], shifts: NDArray[np.float64], weights: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Places that fulfil all shifts best by their weights, the first at 0.

    Parameters
    ----------
    ends
        Of each joint the rows of its two pictures, shape (joints, 2).
    shifts
        From the first to the second, shape (joints, 2), in pixels.
    weights
        Shape (joints,).
    count
        How many pictures there are.

    Returns
    -------
    ndarray
        Shape (count, 2), float64, in pixels.
    """
    first, second = ends.T
    normal, pull = np.zeros((count, count)), np.zeros((count, 2))
    for row, column, sign in ((first, first, 1), (second, second, 1), (first, second, -1), (second, first, -1)):
        np.add.at(normal, (row, column), sign * weights)
    np.add.at(pull, second, weights[:, None] * shifts)
    np.add.at(pull, first, -weights[:, None] * shifts)
    places = np.zeros((count, 2))
    places[1:] = np.linalg.solve(normal[1:, 1:], pull[1:])
    return places
