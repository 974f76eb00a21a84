"""Fingerprint of a Case: one SHA-256 over everything that a report says of it, so that two can be told apart."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from leukoscope.domain.cases import Case, CaseCell, CaseFrame, CaseHeader, ManualEdit

_DIGITS = 6
_ADDED = frozenset({"patient_id", "birth_date", "sex", "conclusion"})
"""Fields of the header that later versions added."""


def case_fingerprint(case: Case) -> str:
    """SHA-256 over header, images, boxes, opinions, labels, decisions, signatures and amendments.

    When a report was printed does not count, nor on which workstation: the same content has the same fingerprint.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    content = {
        "header": _header(case.header),
        "state": case.state.value,
        "frames": [_frame(frame) for frame in case.frames],
        "signatures": [[one.name, one.meaning, _moment(one.at)] for one in case.signatures],
        "amendments": [[one.reason, one.by, _moment(one.at)] for one in case.amendments],
    }
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _header(header: CaseHeader) -> dict[str, str]:
    content: dict[str, str] = asdict(header)
    # Left out where there is none: reports signed before there was a place for it keep their fingerprint.
    return {name: text for name, text in content.items() if text or name not in _ADDED}


def _frame(frame: CaseFrame) -> list[Any]:
    content = [frame.sha256, frame.um_per_px, frame.error, [_cell(cell) for cell in frame.cells]]
    # Left out where there is none: reports signed before people could take cells out keep their fingerprint.
    if frame.removed_cells:
        content.append([[*_cell(cell), _manual_edit(cell.removed)] for cell in frame.removed_cells])
    return content


def _cell(cell: CaseCell) -> list[Any]:
    finding, box = cell.finding, cell.finding.cell.box
    decision = cell.decision
    drawn = [_manual_edit(cell.added)] if cell.added else []
    return [
        [box.x, box.y, box.width, box.height],
        finding.label.value,
        None if finding.probability is None else round(float(finding.probability), _DIGITS),
        [reason.value for reason in finding.unsure],
        [
            [one.bundle.name, one.bundle.version, one.bundle.sha256, round(float(one.probability), _DIGITS)]
            for one in finding.opinions
        ],
        [decision.label.value, decision.by, _moment(decision.at)] if decision else None,
        *drawn,
        *_named(cell),
        *_comment(cell),
    ]


def _named(cell: CaseCell) -> list[Any]:
    """What the cell is. Left out where nobody says: reports signed before cells were named keep their fingerprint."""
    naming, decision = cell.finding.naming, cell.decision
    code = decision.code if decision else None
    if naming is None and code is None:
        return []
    said = None
    if naming is not None:
        bundle = naming.bundle
        said = [bundle.name, bundle.version, bundle.sha256, naming.code, round(float(naming.probability), _DIGITS)]
    return [{"class": said, "decided": code}]


def _comment(cell: CaseCell) -> list[Any]:
    """Left out where there is none, as for reports signed before cells had comments."""
    one = cell.comment
    return [] if one is None else [{"comment": [one.text, one.by, _moment(one.at)]}]


def _manual_edit(work: ManualEdit | None) -> list[str] | None:
    return [work.by, _moment(work.at)] if work else None


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
