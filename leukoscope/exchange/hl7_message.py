"""HL7 v2.5.1 ORU^R01: the case as an unsolicited result, the PDF as an encapsulated document."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import hl7

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.keys import fitted
from leukoscope.domain.standing import Standing, handwork_line, history_lines, valid_signature
from leukoscope.exchange import codes
from leukoscope.exchange.codes import OWN_SCHEME, Code
from leukoscope.exchange.parcel import PURPOSE, Parcel, name_parts, reasons_text

VERSION = "2.5.1"
_STATUS = {Standing.PRELIMINARY: "P", Standing.FINAL: "F", Standing.CORRECTED: "C", Standing.REOPENED: "P"}
"""Tables 0123 and 0085. Opened again and not signed since is preliminary: nobody stands for it."""
_ENTITY = 199
"""Room for an entity identifier (EI.1)."""
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
    return escape(fitted(parcel.number, _ENTITY))


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
    if (signature := valid_signature(case)) is not None:
        fields[31] = f"&{escape(signature.name)}^{_moment(signature.at)}"
    return _segment("OBR", *fields)


def _remarks(parcel: Parcel) -> Iterator[str]:
    header, case = parcel.case.header, parcel.case
    for name, value in (("Stain", header.stain), ("Operator", header.operator), ("Notes", header.notes)):
        if value.strip():
            yield f"{name}: {value}"
    yield from history_lines(case)
    if work := handwork_line(case):
        yield work


def _notes(texts: list[str]) -> Iterator[str]:
    for index, text in enumerate(texts, start=1):
        yield _segment("NTE", str(index), "L", escape(text))


class _Value(NamedTuple):
    """One result; ``who`` (OBX-16, XCN) and ``at`` (OBX-19) where a person said it."""

    kind: str
    code: str
    sub: str
    value: str
    unit: str
    who: str = ""
    at: str = ""


def _results(parcel: Parcel) -> Iterator[str]:
    for index, one in enumerate(_values(parcel), start=1):
        status = _STATUS[parcel.standing]
        said = ("", "", "", "", one.who, "", "", one.at)
        yield _segment("OBX", str(index), *one[:5], "", "", "", "", status, *said)


def _values(parcel: Parcel) -> Iterator[_Value]:
    """Each result in its place."""
    yield _Value("NM", _coded(codes.CELLS), "", str(len(parcel.case.cells)), "{cells}")
    for one in parcel.shares:
        if not one.n:
            continue
        sub = one.label.value
        yield _Value("NM", _coded(codes.COUNT), sub, str(one.count), "{cells}")
        yield _Value("NM", _coded(codes.SHARES[one.label]), sub, f"{one.share * 100:.2f}", "%")
        yield _Value("NM", _coded(codes.LOW), sub, f"{one.low * 100:.2f}", "%")
        yield _Value("NM", _coded(codes.HIGH), sub, f"{one.high * 100:.2f}", "%")
    for place, opinion in enumerate(parcel.models, start=1):
        bundle, sub = opinion.bundle, f"m{place}"
        yield _Value(
            "ST", _coded(codes.MODEL), sub, escape(f"{parcel.title(bundle)} ({bundle.name} {bundle.version})"), ""
        )
        yield _Value("ST", _coded(codes.SHA256), sub, bundle.sha256, "")
        yield _Value("NM", _coded(codes.BAND_LOW), sub, f"{opinion.thresholds.low:.4f}", "")
        yield _Value("NM", _coded(codes.BAND_HIGH), sub, f"{opinion.thresholds.high:.4f}", "")
    for number, cell in enumerate(parcel.case.cells, start=1):
        yield from _cell(number, cell)
    if parcel.pdf:
        data = base64.b64encode(parcel.pdf).decode("ascii")
        yield _Value("ED", _coded(codes.PDF), "", f"^application^pdf^Base64^{data}", "")


def _cell(number: int, cell: CaseCell) -> Iterator[_Value]:
    sub, finding = str(number), cell.finding
    yield _Value("CWE", _coded(codes.PROGRAM), sub, _coded(codes.LABELS[finding.label]), "")
    yield _Value("NM", _coded(codes.PROBABILITY), sub, f"{finding.probability:.4f}", "")
    if finding.unsure:
        yield _Value(
            "ST", _coded(Code("unsure-because", "Why the program is unsure")), sub, escape(reasons_text(cell)), ""
        )
    if cell.decision is not None:
        label, by = _coded(codes.LABELS[cell.decision.label]), cell.decision.by.strip()
        # A name as people write it: all of it in the family name, as the report has it.
        yield _Value(
            "CWE", _coded(codes.PERSON), sub, label, "", f"^{escape(by)}" if by else "", _moment(cell.decision.at)
        )


def _spm(parcel: Parcel) -> str:
    header = parcel.case.header
    kind = f"^{escape(header.specimen)}" if header.specimen.strip() else ""
    return _segment("SPM", "1", f"&{_number(parcel)}", "", kind)
