"""A Case without what tells whose it is: no names, no numbers, no free text, and every date moved by the same span."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from leukoscope.domain.cases import Amendment, Case, CaseCell, CaseFrame, CaseHeader, Decision, ManualEdit, Signature
from leukoscope.domain.frames import FrameOrigin, OriginKind

UNREADABLE = "This image could not be read or judged."
"""Stands for every such sentence: one may quote a file's name."""
REMOVED = "removed"


@dataclass(frozen=True)
class Pseudonym:
    """What takes the place of a patient's data in one export.

    Parameters
    ----------
    number
        Stands for the case.
    shift
        Added to every moment: spans between them stay.
    """

    number: str
    shift: timedelta

    def moved(self, moment: datetime) -> datetime:
        """A moment as it leaves."""
        return moment + self.shift


def deidentified(case: Case, pseudonym: Pseudonym, hashes: dict[int, str]) -> Case:
    """A Case as it may leave the hospital.

    Parameters
    ----------
    case
        With everything in it.
    pseudonym
        What stands for it.
    hashes
        SHA-256 of each image as it leaves, by the key of its Frame; the stored file's own would lead back to it.

    Returns
    -------
    Case
        With keys, people and images counted anew.
    """
    people: dict[str, str] = {}

    def person(name: str) -> str:
        return people.setdefault(" ".join(name.split()).casefold(), f"Person {len(people) + 1}")

    frames, first = [], 1
    for number, frame in enumerate(case.frames, start=1):
        frames.append(_frame(frame, number, first, hashes.get(frame.id, ""), pseudonym, person))
        first += len(frame.cells) + len(frame.removed_cells)
    return Case(
        1,
        CaseHeader(pseudonym.number),
        case.state,
        pseudonym.moved(case.created_at),
        pseudonym.moved(case.changed_at),
        tuple(frames),
        tuple(Signature(person(one.name), "", pseudonym.moved(one.at)) for one in case.signatures),
        tuple(Amendment(REMOVED, person(one.by), pseudonym.moved(one.at)) for one in case.amendments),
    )


def _frame(
    frame: CaseFrame, number: int, first: int, sha256: str, pseudonym: Pseudonym, person: Callable[[str], str]
) -> CaseFrame:
    name = f"image {number:03d}.png"
    origin = None
    if frame.origin is not None:
        taken = frame.origin.taken_at
        origin = FrameOrigin(
            OriginKind.FILE, name, None, pseudonym.moved(taken) if taken else None, frame.origin.exposure_ms,
            frame.origin.compression,
        )  # fmt: skip

    def cell(one: CaseCell, key: int) -> CaseCell:
        found = replace(one.finding, cell=replace(one.finding.cell, frame_sha256=sha256))
        decision = one.decision
        return CaseCell(
            key,
            number,
            found,
            None if decision is None else replace(_by(decision, person), at=pseudonym.moved(decision.at)),
            _hand(one.added, pseudonym, person),
            _hand(one.removed, pseudonym, person),
        )

    cells = tuple(cell(one, first + index) for index, one in enumerate(frame.cells))
    removed = tuple(cell(one, first + len(cells) + index) for index, one in enumerate(frame.removed_cells))
    return replace(
        frame,
        id=number,
        source=name,
        sha256=sha256,
        error=UNREADABLE if frame.error else None,
        cells=cells,
        origin=origin,
        removed_cells=removed,
        former_id=None,
    )


def _by(decision: Decision, person: Callable[[str], str]) -> Decision:
    return replace(decision, by=person(decision.by))


def _hand(hand: ManualEdit | None, pseudonym: Pseudonym, person: Callable[[str], str]) -> ManualEdit | None:
    return None if hand is None else ManualEdit(person(hand.by), pseudonym.moved(hand.at))
