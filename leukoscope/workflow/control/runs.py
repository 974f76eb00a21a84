"""Control runs in the audit trail: sealed like all of it, in every backup and in the shared database."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.control.chart import ControlRun
from leukoscope.control.figures import BY_CODE
from leukoscope.domain.audit import AuditEntry
from leukoscope.domain.errors import ControlError
from leukoscope.domain.parsing import parsed_json
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act

logger = logging.getLogger(__name__)

MEASURED, EXCLUDED = "control run", "control run excluded"
"""What the audit trail says."""
LONGEST_NAME, LONGEST_NOTE = 80, 500


@dataclass(frozen=True)
class KeptRun:
    """A run and where it stands.

    Parameters
    ----------
    number
        Of its entry in the audit trail.
    who
        Measured it.
    """

    number: int
    who: str
    run: ControlRun


class ControlRuns:
    """Keeps control runs.

    Parameters
    ----------
    trail
        Where they are kept.
    desk
        Who works here, and what they may do.
    """

    def __init__(self, trail: AuditTrail, desk: OperatorSession) -> None:
        self._trail, self._desk = trail, desk

    def keep(self, instrument: str, figures: Mapping[str, float], fields: int, note: str = "") -> None:
        """Keep a run that was just measured.

        Raises
        ------
        ControlError
            When nothing was measured, or the instrument has no name.
        AccessError
            When who works here may not.
        """
        instrument = instrument_name(instrument)
        if not figures:
            raise ControlError("Nothing could be measured; take at least three fields of a stained control slide.")
        said = {"figures": dict(figures), "fields": fields, "note": " ".join(note.split())[:LONGEST_NOTE]}
        with self._desk.doing(Act.CONTROL):
            self._trail.tell(MEASURED, subject=instrument, new=json.dumps(said, sort_keys=True))

    def exclude(self, number: int, reason: str) -> None:
        """Leave a run out of baseline and rules: another slide, a spill. It stays on the chart, with the reason.

        Raises
        ------
        ControlError
            When there is no such run, or no reason.
        AccessError
            When who works here may not.
        """
        reason = " ".join(reason.split())
        if not reason:
            raise ControlError("Say why the run does not count; the reason stands in the audit trail.")
        with self._desk.doing(Act.CONTROL_EXCLUDE):
            if number not in {one.number for one in self._kept()}:
                raise ControlError(f"There is no control run {number}; see the list for its number.")
            said = json.dumps({"reason": reason[:LONGEST_NOTE]})
            self._trail.tell(EXCLUDED, subject=str(number), new=said)

    def all(self) -> tuple[KeptRun, ...]:
        """All runs, in order of time."""
        self._desk.require(Act.SEE_CONTROL)
        return self._kept()

    def _kept(self) -> tuple[KeptRun, ...]:
        return kept_runs(self._trail)


def kept_runs(trail: AuditTrail) -> tuple[KeptRun, ...]:
    """All runs in a trail, in order of time, for decisions of the program itself."""
    entries = trail.entries_of((MEASURED, EXCLUDED))
    reasons = {int(one.subject): _read(one).get("reason", "") for one in entries if one.what == EXCLUDED}
    runs = (_run(one) for one in entries if one.what == MEASURED)
    return tuple(_excluded(one, reasons) for one in runs if one is not None)


def instrument_name(text: str) -> str:
    """A name of camera and objective as it is kept.

    Raises
    ------
    ControlError
        When it is empty or too long.
    """
    name = " ".join(text.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise ControlError(f"Name camera and objective in 1 to {LONGEST_NAME} letters: Basler 100x.")
    return name


def _excluded(kept: KeptRun, reasons: Mapping[int, str]) -> KeptRun:
    if kept.number not in reasons:
        return kept
    note = "; ".join(one for one in (kept.run.note, reasons[kept.number]) if one)
    return replace(kept, run=replace(kept.run, excluded=True, note=note))


def _read(entry: AuditEntry) -> dict[str, Any]:
    try:
        said = parsed_json(entry.new)
    except ValueError:
        said = None
    return said if isinstance(said, dict) else {}


def _run(entry: AuditEntry) -> KeptRun | None:
    """A run of an entry; ``None``, with a line in the log, for one of a version that kept it otherwise."""
    said = _read(entry)
    try:
        figures = {
            code: float(value)
            for code, value in said["figures"].items()
            if code in BY_CODE and math.isfinite(float(value))
        }
        at, fields, note = datetime.fromisoformat(entry.at), int(said["fields"]), str(said["note"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        logger.warning("control run %d cannot be read: %s", entry.number, type(error).__name__)
        return None
    return KeptRun(entry.number, entry.who, ControlRun(at, entry.subject, figures, fields, note))


def instruments(runs: Sequence[KeptRun]) -> tuple[str, ...]:
    """Cameras and objectives that were measured, the one that was measured last first."""
    return tuple(dict.fromkeys(one.run.instrument for one in reversed(runs)))
