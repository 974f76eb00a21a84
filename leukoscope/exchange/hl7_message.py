"""HL7 v2.5.1 ORU^R01: the case as an unsolicited result, the PDF as an encapsulated document."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime

import hl7

from leukoscope.domain.cases import CaseCell
from leukoscope.exchange import codes
from leukoscope.exchange.codes import OWN_SCHEME, Code
from leukoscope.exchange.parcel import PURPOSE, Parcel, Standing, name_parts, reasons_text

VERSION = "2.5.1"
_STATUS = {Standing.PRELIMINARY: "P", Standing.FINAL: "F", Standing.CORRECTED: "C"}
_ESCAPES = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}


def escape(text: str) -> str:
    """Text as a field holds it: delimiters and control characters as escape sequences, all else as it is."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(_ESCAPES.get(char) or (f"\\X{ord(char):02X}\\" if char < " " else char) for char in whole)


def unescape(text: str) -> str:
    """The text that :func:`escape` was given."""
    message = hl7.parse("MSH|^~\\&|\r")
    return str(message.unescape(text))


def oru_message(parcel: Parcel, control_id: str, receiver: str = "") -> str:
    """A case as ORU^R01.

    Parameters
    ----------
    parcel
        The case.
    control_id
        Names this message, at most 20 characters; the same when it is sent again, so that the other side can tell.
    receiver
        Receiving application and facility, ``APPLICATION^FACILITY``; may be empty.

    Returns
    -------
    str
        Segments that end in a carriage return; to be sent in UTF-8.
    """
    segments = [
        _msh(parcel, control_id, receiver),
        _pid(parcel),
        _obr(parcel),
        *_notes([PURPOSE, *_remarks(parcel)]),
        *_results(parcel),
        _spm(parcel),
    ]
    return "\r".join(segments) + "\r"


def _segment(name: str, *fields: str) -> str:
    return "|".join((name, *fields)).rstrip("|")


def _moment(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y%m%d%H%M%S%z")


def _coded(code: Code, scheme: str = OWN_SCHEME) -> str:
    return f"{code.code}^{escape(code.meaning)}^{scheme}"


def _number(parcel: Parcel) -> str:
    return escape(parcel.case.header.number.strip()) or str(parcel.case.id)


def _msh(parcel: Parcel, control_id: str, receiver: str) -> str:
    application, _, facility = receiver.partition("^")
    return _segment(
        "MSH",
        "^~\\&",
        escape(parcel.software),
        escape(parcel.laboratory),
        escape(application),
        escape(facility),
        _moment(parcel.made_at),
        "",
        "ORU^R01^ORU_R01",
        control_id[:20],
        "P",
        VERSION,
        *([""] * 5),
        "UNICODE UTF-8",
    )


def _pid(parcel: Parcel) -> str:
    family, given = name_parts(parcel.case.header.patient)
    name = "^".join((escape(family), escape(given))).rstrip("^")
    known = escape(parcel.case.header.patient_id.strip())
    # The identifier is required; without the hospital's own the case number is the one that this program has.
    identifier = f"{known}^^^^PI" if known else f"{_number(parcel)}^^^LEUKOSCOPE^U"
    return _segment("PID", "1", "", identifier, "", name)


def _obr(parcel: Parcel) -> str:
    case = parcel.case
    fields = [""] * 32
    fields[0] = "1"
    fields[2] = f"{_number(parcel)}^LEUKOSCOPE"
    fields[3] = _coded(codes.REPORT, "LN")
    fields[6] = _moment(parcel.taken_at)
    fields[21] = _moment(parcel.made_at)
    fields[23] = "HM"
    fields[24] = _STATUS[parcel.standing]
    if case.signatures:
        last = case.signatures[-1]
        fields[31] = f"&{escape(last.name)}^{_moment(last.at)}"
    return _segment("OBR", *fields)


def _remarks(parcel: Parcel) -> Iterator[str]:
    header, case = parcel.case.header, parcel.case
    for name, value in (("Stain", header.stain), ("Operator", header.operator), ("Notes", header.notes)):
        if value.strip():
            yield f"{name}: {value}"
    for one in case.signatures:
        yield f"{one.meaning}: {one.name}, {one.at.astimezone().isoformat(timespec='seconds')}"
    for amendment in case.amendments:
        moment = amendment.at.astimezone().isoformat(timespec="seconds")
        yield f"Amended by {amendment.by}, {moment}: {amendment.reason}"


def _notes(texts: list[str]) -> Iterator[str]:
    for index, text in enumerate(texts, start=1):
        yield _segment("NTE", str(index), "L", escape(text))


def _results(parcel: Parcel) -> Iterator[str]:
    for index, (kind, code, sub, value, unit) in enumerate(_values(parcel), start=1):
        status = _STATUS[parcel.standing]
        yield _segment("OBX", str(index), kind, code, sub, value, unit, "", "", "", "", status)


def _values(parcel: Parcel) -> Iterator[tuple[str, str, str, str, str]]:
    """Type, code, sub-identifier, value and unit of each result."""
    yield "NM", _coded(codes.CELLS), "", str(len(parcel.case.cells)), "{cells}"
    for one in parcel.shares:
        if not one.n:
            continue
        sub = one.label.value
        yield "NM", _coded(codes.COUNT), sub, str(one.count), "{cells}"
        yield "NM", _coded(codes.SHARES[one.label]), sub, f"{one.share * 100:.2f}", "%"
        yield "NM", _coded(codes.LOW), sub, f"{one.low * 100:.2f}", "%"
        yield "NM", _coded(codes.HIGH), sub, f"{one.high * 100:.2f}", "%"
    for place, opinion in enumerate(parcel.models, start=1):
        bundle, sub = opinion.bundle, f"m{place}"
        yield "ST", _coded(codes.MODEL), sub, escape(f"{parcel.title(bundle)} ({bundle.name} {bundle.version})"), ""
        yield "ST", _coded(codes.SHA256), sub, bundle.sha256, ""
        yield "NM", _coded(codes.BAND_LOW), sub, f"{opinion.thresholds.low:.4f}", ""
        yield "NM", _coded(codes.BAND_HIGH), sub, f"{opinion.thresholds.high:.4f}", ""
    for number, cell in enumerate(parcel.case.cells, start=1):
        yield from _cell(number, cell)
    if parcel.pdf:
        data = base64.b64encode(parcel.pdf).decode("ascii")
        yield "ED", _coded(codes.PDF), "", f"^application^pdf^Base64^{data}", ""


def _cell(number: int, cell: CaseCell) -> Iterator[tuple[str, str, str, str, str]]:
    sub, finding = str(number), cell.finding
    yield "CWE", _coded(codes.PROGRAM), sub, _coded(codes.LABELS[finding.label]), ""
    yield "NM", _coded(codes.PROBABILITY), sub, f"{finding.probability:.4f}", ""
    if finding.unsure:
        yield "ST", _coded(Code("unsure-because", "Why the program is unsure")), sub, escape(reasons_text(cell)), ""
    if cell.decision is not None:
        yield "CWE", _coded(codes.PERSON), sub, _coded(codes.LABELS[cell.decision.label]), ""


def _spm(parcel: Parcel) -> str:
    header = parcel.case.header
    kind = f"^{escape(header.specimen)}" if header.specimen.strip() else ""
    return _segment("SPM", "1", f"&{_number(parcel)}", "", kind)
