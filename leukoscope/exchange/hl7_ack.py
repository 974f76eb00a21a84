"""Acknowledgements of HL7 v2: found in whatever the other side writes, and what they say of a message."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leukoscope.domain.errors import AnswerError, Cause, ExchangeError

START, END = b"\x0b", b"\x1c"
TAKEN = frozenset({"AA", "CA"})
LONGEST_QUOTE = 300
"""So many letters of the other side's reason are shown."""
_LINES = re.compile(r"[\r\n\x0b\x1c\x85\u2028]+")


@dataclass(frozen=True)
class Acknowledgement:
    """One answer.

    Parameters
    ----------
    code
        MSA-1: AA, AE, AR, CA, CE or CR.
    control_id
        MSA-2: which message it is about.
    reason
        MSA-3 and what ERR says, as one line; it may quote the message, so it never goes to a log.
    """

    code: str
    control_id: str
    reason: str = ""


def acknowledgements(data: bytes) -> tuple[Acknowledgement, ...]:
    """Every acknowledgement in what has arrived so far.

    Parameters
    ----------
    data
        With or without MLLP's marks, with any line end, after a byte order mark or other garbage.
    """
    if data.count(0) > len(data) // 4:
        data = data.replace(b"\0", b"")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    found: list[Acknowledgement] = []
    separators = "|^~\\&"
    for line in _LINES.split(text):
        head = re.search(r"MSH([^\w\s])([^\w\s]{2,5})\1", line)
        if head:
            separators = (head[1] + head[2] + "|^~\\&"[1 + len(head[2]) :])[:5]
        fields = line.strip("\ufeff \t").split(separators[0])
        if fields[0] == "MSA" and len(fields) > 1:
            control_id = fields[2].strip() if len(fields) > 2 else ""
            reason = fields[3] if len(fields) > 3 else ""
            found.append(Acknowledgement(fields[1].strip().upper(), control_id, _plain(reason, separators)))
        elif fields[0] == "ERR" and found:
            last = found[-1]
            said = _error_words(fields, separators)
            reason = "; ".join(one for one in (last.reason, said) if one)
            found[-1] = Acknowledgement(last.code, last.control_id, reason)
    return tuple(found)


def is_whole(data: bytes) -> bool:
    """Whether an end mark has arrived: the byte that ends a block, whatever follows it."""
    return END in data


def judge(found: tuple[Acknowledgement, ...], control_id: str) -> None:
    """Raise unless one of the answers says that this very message was taken (HL7 v2.5.1, 2.9.2).

    Raises
    ------
    ExchangeError
        ``again`` says whether it is worth trying later.
    """
    if not found:
        raise ExchangeError(
            "What the hospital’s system answers is no HL7 acknowledgement; check the port in the settings.",
            "MLLP answer without MSA",
            cause=Cause.NOT_UNDERSTOOD,
        )
    mine = [one for one in found if one.control_id == control_id]
    if not mine and all(not one.control_id and one.code in TAKEN for one in found):
        # Sent again, it might stand twice in the patient's record: a person has to ask.
        raise ExchangeError(
            "The hospital’s system took a message without saying which; ask whether the report has arrived.",
            "MSA-2 empty",
        )
    if not mine:
        raise ExchangeError("The hospital’s system acknowledged another message.", "MSA-2 differs", again=True)
    if any(one.code == "AA" for one in mine):
        return
    # Enhanced mode: a commit (CA) may come before the application's word, which is the last.
    answer = mine[-1]
    code = answer.code
    if code in TAKEN:
        return
    detail = f"MSA {code[:8]}"
    quote = answer.reason[:LONGEST_QUOTE]
    if code in {"AE", "CE"}:
        if quote:
            raise AnswerError(f"The hospital’s system found an error and did not take the message: “{quote}”.", detail)
        raise ExchangeError("The hospital’s system found an error in the message and did not take it.", detail)
    if code in {"AR", "CR"}:
        if quote:
            raise AnswerError(f"The hospital’s system refused the message: “{quote}”.", detail)
        raise ExchangeError("The hospital’s system refused the message; ask its administrator.", detail)
    raise ExchangeError("The hospital’s system gave an unknown answer.", detail)


def _error_words(fields: list[str], separators: str) -> str:
    """ERR: the message for a person (8), else the code's text (3), diagnostics (7), or ERR-1 of old versions."""
    said = [fields[place] for place in (8, 3, 7, 1) if len(fields) > place and fields[place]]
    return _plain(said[0], separators) if said else ""


def _plain(field: str, separators: str) -> str:
    """A field in words: the text of a coded element before its code."""
    parts = [part.strip() for part in re.split(f"[{re.escape(separators[1:3] + separators[4:5])}]", field)]
    words = [part for part in parts if part and not part.isdigit() and part not in {"HL70357", '""'}]
    escapes = dict(zip("FSRET", separators, strict=False))
    text = " ".join(words)
    mark = re.escape(separators[3])
    text = re.sub(f"{mark}([FSTRE]){mark}", lambda match: escapes[match[1]], text)
    return " ".join(re.sub(f"{mark}[^{mark}]{{1,12}}{mark}", " ", text).split())
