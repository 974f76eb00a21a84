"""Re-reads in the audit trail: sealed like all of it, in every backup and in the shared database."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.domain.audit import AuditEntry
from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel, named
from leukoscope.domain.parsing import parsed_json
from leukoscope.domain.rereads import Answer, DecidedCell, Reread

logger = logging.getLogger(__name__)

BEGUN, ANSWERED = "re-read begun", "re-read answered"
"""What the audit trail says."""


def tell_begun(trail: AuditTrail, seed: int, cells: Sequence[DecidedCell], *, practice: bool, like: int) -> None:
    """Keep that a re-read begins; who acts now is who reads."""
    places = [[one.case_id, one.frame_id, one.cell_id, one.by] for one in cells]
    said = {"seed": seed, "practice": practice, "like": like, "cells": places}
    trail.tell(BEGUN, subject=f"{len(places)} cells", new=json.dumps(said))


def tell_answer(trail: AuditTrail, number: int, answer: Answer) -> None:
    """Keep an answer, together with what had been decided."""
    said = {"cell": answer.cell_id, "said": answer.said.word, "earlier": answer.earlier.word, "by": answer.by}
    trail.tell(ANSWERED, subject=str(number), new=json.dumps(said))


def rereads(trail: AuditTrail) -> tuple[Reread, ...]:
    """All re-reads with their answers, in order of time."""
    found: dict[int, Reread] = {}
    for entry in trail.entries_of((BEGUN, ANSWERED)):
        try:
            if entry.what == BEGUN:
                found[entry.number] = _begun(entry)
            elif (number := int(entry.subject)) in found and found[number].who == entry.who:
                found[number] = _with_answer(found[number], _read(entry))
        except (KeyError, TypeError, ValueError) as error:
            logger.warning("entry %d of a re-read cannot be read: %s", entry.number, type(error).__name__)
    return tuple(found.values())


def _begun(entry: AuditEntry) -> Reread:
    said = _read(entry)
    cells = tuple(DecidedCell(int(case), int(frame), int(cell), str(by)) for case, frame, cell, by in said["cells"])
    at = datetime.fromisoformat(entry.at)
    return Reread(entry.number, entry.who, at, int(said["seed"]), cells, bool(said["practice"]), int(said["like"]))


def _with_answer(reread: Reread, said: dict[str, Any]) -> Reread:
    answer = Answer(int(said["cell"]), label_of(said["said"]), label_of(said["earlier"]), str(said["by"]))
    waits = reread.next
    # The first answer counts: nobody names a cell anew once the earlier label is known.
    return reread if waits is None or waits.cell_id != answer.cell_id else replace(
        reread, answers=(*reread.answers, answer)
    )  # fmt: skip


def label_of(word: str) -> PersonLabel:
    """A label from its word in the trail; see ``PersonLabel.word``."""
    return named(word) if word in CELL_CLASSES else PersonLabel(Label(word))


def _read(entry: AuditEntry) -> dict[str, Any]:
    said = parsed_json(entry.new)
    if not isinstance(said, dict):
        raise TypeError("no object")
    return said
