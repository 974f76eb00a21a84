"""HL7 v2.5.1 ORU^R01: the case as an unsolicited result, the PDF as an encapsulated document."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.keys import fitted
from leukoscope.domain.patients import FEMALE, MALE, OTHER, UNKNOWN
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.report_status import ReportStatus, history_lines, manual_edit_line, valid_signature
from leukoscope.exchange import codes
from leukoscope.exchange.codes import Code
from leukoscope.exchange.exported_case import PURPOSE, ExportedCase, name_parts, reasons_text
from leukoscope.exchange.hl7_building import VERSION, Value, group, message, segment, written
from leukoscope.exchange.hl7_differential import LOINC, differential_results
from leukoscope.exchange.hl7_values import Result, coded

_STATUS = {
    ReportStatus.PRELIMINARY: "P",
    ReportStatus.FINAL: "F",
    ReportStatus.CORRECTED: "C",
    ReportStatus.REOPENED: "P",
}
"""Tables 0123 and 0085. Opened again and not signed since is preliminary: nobody stands for it."""
_SEXES = {FEMALE: "F", MALE: "M", OTHER: "O", UNKNOWN: "U"}
"""Table 0001."""
_ENTITY = 199
"""Room for an entity identifier (EI.1)."""


def oru_message(exported: ExportedCase, control_id: str, receiver: str = "", cancel: CancelToken | None = None) -> str:
    """A case as ORU^R01, validated against the grammar of HL7 v2.5.1.

    Parameters
    ----------
    exported
        The case.
    control_id
        Names this message, at most 20 characters; the same when it is sent again, so that the other side can tell.
    receiver
        Receiving application and facility, ``APPLICATION^FACILITY``; may be empty.
    cancel
        Looked at between two results.

    Returns
    -------
    str
        Segments that end in a carriage return; to be sent in UTF-8.

    Raises
    ------
    ExchangeError
        When the case does not fit into the grammar.
    CancelledError
        After a cancel.
    """
    made = message("ORU_R01", _msh(exported, control_id, receiver))
    result = group(made, "ORU_R01_PATIENT_RESULT")
    group(result, "ORU_R01_PATIENT", segment("PID", _pid(exported)))
    notes = [
        segment("NTE", {1: str(index), 2: "L", 3: text})
        for index, text in enumerate((PURPOSE, *_remarks(exported)), start=1)
    ]
    report = [*_orc(exported), segment("OBR", _obr(exported, 1, codes.REPORT)), *notes]
    _order(result, exported, report, _values(exported), cancel)
    counted = list(differential_results(exported.differential))
    if counted:
        _order(result, exported, [segment("OBR", _obr(exported, 2, codes.DIFFERENTIAL))], counted, cancel)
    return written(made)


def _order(
    result: Any, exported: ExportedCase, head: Sequence[Any], values: Iterable[Result], cancel: CancelToken | None
) -> None:
    """An OBR with its notes, its results, which are numbered from 1, and the specimen that they are of."""
    observed = group(result, "ORU_R01_ORDER_OBSERVATION", *head)
    for index, one in enumerate(values, start=1):
        if cancel is not None:
            cancel.raise_if_cancelled()
        group(observed, "ORU_R01_OBSERVATION", segment("OBX", _obx(exported, index, one)))
    specimen = exported.case.header.specimen
    if specimen.strip():
        fields: dict[int, Value] = {1: "1", 2: ("", _number(exported)), 4: ("", specimen)}
        group(observed, "ORU_R01_SPECIMEN", segment("SPM", fields))


def _moment(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y%m%d%H%M%S%z")


def _number(exported: ExportedCase) -> str:
    return fitted(exported.number, _ENTITY)


def _msh(exported: ExportedCase, control_id: str, receiver: str) -> Mapping[int, Value]:
    application, _, facility = receiver.partition("^")
    return {
        3: exported.software,
        4: exported.laboratory,
        5: application,
        6: facility,
        7: _moment(exported.made_at),
        9: ("ORU", "R01", "ORU_R01"),
        10: control_id[:20],
        11: "P",
        12: VERSION,
        18: "UNICODE UTF-8",
    }


def _pid(exported: ExportedCase) -> Mapping[int, Value]:
    family, given = name_parts(exported.case.header.patient)
    known = exported.patient_id
    # Both are required. Without the hospital's own number the case number is the one that this program has; a name
    # that nobody has written is of the type "unspecified".
    identifier = (known, "", "", "", "PI") if known else (_number(exported), "", "", "LEUKOSCOPE", "U")
    name = (family, given) if family or given else ("", "", "", "", "", "", "U")
    born, sex = exported.case.header.birth_date.replace("-", ""), _SEXES.get(exported.case.header.sex, "")
    return {1: "1", 3: identifier, 5: name, 7: born, 8: sex}


def _orc(exported: ExportedCase) -> list[Any]:
    """ORC: with which order of the other system this is the result; none where the case was not ordered."""
    if not exported.placer:
        return []
    return [segment("ORC", {1: "RE", 2: exported.placer, 3: (_number(exported), "LEUKOSCOPE")})]


def _obr(exported: ExportedCase, number: int, code: Code) -> Mapping[int, Value]:
    fields: dict[int, Value] = {
        1: str(number),
        2: exported.placer,
        3: (_number(exported), "LEUKOSCOPE"),
        4: coded(code, LOINC),
        7: _moment(exported.taken_at),
        22: _moment(exported.made_at),
        24: "HM",
        25: _STATUS[exported.report_status],
    }
    if (signature := valid_signature(exported.case)) is not None:
        fields[32] = (("", signature.name), _moment(signature.at))
    return fields


def _remarks(exported: ExportedCase) -> Iterator[str]:
    header, case = exported.case.header, exported.case
    said = (
        ("Conclusion", header.conclusion),
        ("Stain", header.stain),
        ("Operator", header.operator),
        ("Notes", header.notes),
    )
    for name, value in said:
        if value.strip():
            yield f"{name}: {value}"
    yield from history_lines(case)
    if work := manual_edit_line(case):
        yield work


def _obx(exported: ExportedCase, index: int, one: Result) -> Mapping[int, Value]:
    return {
        1: str(index),
        2: one.kind,
        3: one.code,
        4: one.sub,
        5: one.value,
        6: one.unit,
        11: _STATUS[exported.report_status],
        # A name as people write it: all of it in the family name, as the report has it.
        16: ("", one.who),
        19: one.at,
    }


def _values(exported: ExportedCase) -> Iterator[Result]:
    """Each result of the report in its place; the differential is an order of its own."""
    yield Result("NM", coded(codes.CELLS), "", str(len(exported.case.cells)), "{cells}")
    for one in exported.shares:
        if not one.n:
            continue
        sub = one.label.value
        yield Result("NM", coded(codes.COUNT), sub, str(one.count), "{cells}")
        yield Result("NM", coded(codes.SHARES[one.label]), sub, f"{one.share * 100:.2f}", "%")
        yield Result("NM", coded(codes.LOW), sub, f"{one.low * 100:.2f}", "%")
        yield Result("NM", coded(codes.HIGH), sub, f"{one.high * 100:.2f}", "%")
    for place, model in enumerate(exported.models, start=1):
        bundle, sub = model.bundle, f"m{place}"
        yield Result("ST", coded(codes.MODEL), sub, f"{exported.title(bundle)} ({bundle.name} {bundle.version})", "")
        yield Result("ST", coded(codes.SHA256), sub, bundle.sha256, "")
        if model.thresholds is not None:
            yield Result("NM", coded(codes.BAND_LOW), sub, f"{model.thresholds.low:.4f}", "")
            yield Result("NM", coded(codes.BAND_HIGH), sub, f"{model.thresholds.high:.4f}", "")
    for number, cell in enumerate(exported.case.cells, start=1):
        yield from _cell(number, cell)
    if exported.pdf:
        data = base64.b64encode(exported.pdf).decode("ascii")
        yield Result("ED", coded(codes.PDF), "", ("", "application", "pdf", "Base64", data), "")


def _cell(number: int, cell: CaseCell) -> Iterator[Result]:
    sub, finding = str(number), cell.finding
    yield Result("CWE", coded(codes.PROGRAM), sub, coded(codes.LABELS[finding.label]), "")
    if finding.probability is not None:
        yield Result("NM", coded(codes.PROBABILITY), sub, f"{finding.probability:.4f}", "")
    if finding.naming is not None:
        yield Result("CWE", coded(codes.CELL_CLASS), sub, coded(codes.cell_class_code(finding.naming.code)), "")
        yield Result("NM", coded(codes.CLASS_PROBABILITY), sub, f"{finding.naming.probability:.4f}", "")
    if finding.unsure:
        yield Result("ST", coded(Code("unsure-because", "Why the program is unsure")), sub, reasons_text(cell), "")
    if cell.decision is not None:
        label, who, at = codes.LABELS[cell.decision.label], cell.decision.by.strip(), _moment(cell.decision.at)
        yield Result("CWE", coded(codes.PERSON), sub, coded(label), "", who, at)
        if cell.decision.code is not None:
            named = codes.cell_class_code(cell.decision.code)
            yield Result("CWE", coded(codes.PERSON_CLASS), sub, coded(named), "", who, at)
