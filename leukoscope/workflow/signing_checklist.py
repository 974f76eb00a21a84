"""What a person should know before a signature: what is left to do, what to look at, and what is well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from leukoscope.cases.saving import searchable
from leukoscope.domain.cases import Case, CaseCell
from leukoscope.domain.quality import QualityVerdict
from leukoscope.workflow.control.in_force import Trouble


class Topic(Enum):
    """What a line of the checklist is about."""

    CELLS = "cells"
    IMAGES = "images"
    QUALITY = "quality"
    CONTROL = "control"
    PEOPLE = "people"


class Standing(Enum):
    """Whether something keeps the case from being signed."""

    WELL = "well"
    LOOK = "look"
    STOPS = "stops"


@dataclass(frozen=True)
class ChecklistLine:
    """One line.

    Parameters
    ----------
    topic, standing
        What it is about, and how that stands.
    count, total
        Unsure cells among all; images that wait or failed among all; images with a warning among all; cells that
        people decided among all. 0 of 0 for daily control.
    waiting
        Images that wait, among ``count``.
    cell_id, frame_id
        The first cell or image to look at; 0 without one.
    instrument, code
        Whose control chart and which figure to look at; empty without one.
    sentence
        What daily control says; empty for the other topics.
    names
        Who decided cells, in alphabetical order.
    """

    topic: Topic
    standing: Standing
    count: int = 0
    total: int = 0
    waiting: int = 0
    cell_id: int = 0
    frame_id: int = 0
    instrument: str = ""
    code: str = ""
    sentence: str = ""
    names: tuple[str, ...] = ()


def signing_checklist(
    case: Case,
    waiting: int,
    trouble: Trouble | None,
    *,
    blocks: bool = False,
    two_people: bool = False,
    signer: str = "",
) -> tuple[ChecklistLine, ...]:
    """What is to be known before a case is signed, in the order in which a person works it off.

    Parameters
    ----------
    case
        As it is kept.
    waiting
        Images that are not judged yet.
    trouble, blocks
        What daily control says, and whether that keeps cases from being signed.
    two_people, signer
        Whether somebody else must sign than who decided, and who is about to; empty while that is not known.
    """
    return (
        _cells(case),
        _images(case, waiting),
        _quality(case),
        _control(trouble, blocks),
        _people(case, two_people, signer),
    )


def _cells(case: Case) -> ChecklistLine:
    left = [cell for cell in case.cells if cell.decision is None and cell.needs_person]
    standing = Standing.STOPS if left else Standing.WELL
    first = left[0].id if left else 0
    return ChecklistLine(Topic.CELLS, standing, len(left), len(case.cells), cell_id=first)


def _images(case: Case, waiting: int) -> ChecklistLine:
    failed = [frame for frame in case.frames if frame.error is not None]
    standing = Standing.STOPS if waiting else Standing.LOOK if failed else Standing.WELL
    first = failed[0].id if failed else 0
    total = len(case.frames) + waiting
    return ChecklistLine(Topic.IMAGES, standing, waiting + len(failed), total, waiting, frame_id=first)


def _quality(case: Case) -> ChecklistLine:
    measured = [frame for frame in case.frames if frame.quality is not None]
    poor = [one for one in measured if one.quality and one.quality.verdict is not QualityVerdict.OK]
    first = poor[0].id if poor else 0
    standing = Standing.LOOK if poor else Standing.WELL
    return ChecklistLine(Topic.QUALITY, standing, len(poor), len(measured), frame_id=first)


def _control(trouble: Trouble | None, blocks: bool) -> ChecklistLine:
    if trouble is None:
        return ChecklistLine(Topic.CONTROL, Standing.WELL)
    standing = Standing.STOPS if blocks else Standing.LOOK
    return ChecklistLine(
        Topic.CONTROL, standing, instrument=trouble.instrument, code=trouble.code, sentence=trouble.sentence
    )


def _people(case: Case, two_people: bool, signer: str) -> ChecklistLine:
    decided = [cell for cell in case.cells if cell.decision is not None]
    names = tuple(sorted(set(_names(case.cells)), key=str.casefold))
    # Compared as the store compares who signs with who decided.
    own = bool(signer) and searchable(signer.strip()) in {searchable(name.strip()) for name in names}
    standing = Standing.STOPS if two_people and own else Standing.WELL if decided else Standing.LOOK
    return ChecklistLine(Topic.PEOPLE, standing, len(decided), len(case.cells), names=names)


def _names(cells: tuple[CaseCell, ...]) -> Iterator[str]:
    for cell in cells:
        if cell.decision is not None and cell.decision.by:
            yield cell.decision.by
        if cell.added is not None and cell.added.by:
            yield cell.added.by
