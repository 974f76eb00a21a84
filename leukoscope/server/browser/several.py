"""What a person says of several cells at once: kept in one step, but where somebody else was faster."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.labels import PersonLabel
from leukoscope.server.browser.looks import look_at
from leukoscope.server.browser.pages import LanguageName
from leukoscope.server.browser.sheets import lines_of
from leukoscope.server.browser.words import page_words
from leukoscope.server.cells import label_of
from leukoscope.server.errors import CallError
from leukoscope.server.served import Caller, Key, Who
from leukoscope.server.shapes import Line, Said, Sent, cell_etag

router = APIRouter(prefix="/review/cases/{case_id}", include_in_schema=False)

MOST = 5000


class SaidOf(Said):
    """A label on one cell; without label and code it is taken back. ``etag`` is that of the cell as it was seen."""

    cell: Annotated[int, Field(ge=1, le=2**63 - 1)]
    etag: Line


class Several(Sent):
    """Labels on several cells, each at most once."""

    labels: Annotated[list[SaidOf], Field(min_length=1, max_length=MOST)]


@router.post("/decisions")
def decide(caller: Who, case_id: Key, sent: Several, language: LanguageName = "en") -> dict[str, Any]:
    """Keep labels on cells; gives these cells as they are now, and which were labeled otherwise by somebody else."""
    before = _chosen(caller, case_id, sent)
    wanted = {one.cell: _label(one) for one in sent.labels}
    changed = [one.cell for one in sent.labels if cell_etag(before[one.cell]) != one.etag.removeprefix("W/")]
    labels = {key: said for key, said in wanted.items() if key not in changed}
    seen = {key: one.decision.said if one.decision else None for key, one in before.items()}
    # Between the look and the write somebody may be faster still: the store holds each against what was seen.
    late = caller.seat.judging.decide_many(labels, {key: seen[key] for key in labels}) if labels else {}
    caller.served.happenings.changed(case_id)
    case = look_at(caller, case_id)
    lines = lines_of(case, page_words(language), set(wanted))
    return {"version": case.version, "cells": lines, "conflicts": [*changed, *late]}


def _chosen(caller: Caller, case_id: int, sent: Several) -> dict[int, CaseCell]:
    """The cells that are meant; raises CallError where one is not in the case, or named twice."""
    keys = {one.cell for one in sent.labels}
    found = {one.id: one for one in look_at(caller, case_id).cells if one.id in keys}
    if len(found) < len(sent.labels):
        raise CallError(404, "This case has no such cell, or one is named twice.")
    return found


def _label(one: SaidOf) -> PersonLabel | None:
    return None if one.label is None and one.code is None else label_of(one)
