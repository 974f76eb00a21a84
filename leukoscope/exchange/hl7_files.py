"""Files of HL7 v2 messages: where each begins, in which letters it is written, and whether something is cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hl7apy import check_encoding_chars
from hl7apy.exceptions import HL7apyException

from leukoscope.exchange.hl7_charsets import chosen_codec, decoded, unwrapped
from leukoscope.exchange.hl7_escapes import STANDARD
from leukoscope.exchange.orders import Remark

_HEADS = (b"MSH", b"FHS", b"BHS")
_ENVELOPE = (b"FHS", b"BHS", b"BTS", b"FTS")
_NAME = re.compile(rb"[A-Z][A-Z0-9]{2}")
START, END = b"\x0b", b"\x1c"
"""MLLP's marks around a message."""


@dataclass(frozen=True)
class Line:
    """One segment as it stands in the file; ``number`` from 1."""

    number: int
    text: str

    @property
    def name(self) -> str:
        """``PID`` and the like; empty for a line that is no segment."""
        return self.text[:3]


@dataclass(frozen=True)
class RawMessage:
    """One message, not yet taken apart.

    Parameters
    ----------
    line
        Where it begins.
    lines
        Its segments, MSH first.
    separators
        By hl7apy's names for them.
    codec
        Its character set.
    unreadable
        Why letters beyond ASCII cannot be read, should there be some.
    fault
        Why nothing of it can be taken; empty when all is well.
    """

    line: int
    lines: tuple[Line, ...] = ()
    separators: Mapping[str, str] = field(default_factory=lambda: STANDARD)
    codec: str = "ascii"
    unreadable: str = ""
    fault: str = ""


@dataclass
class _Block:
    line: int
    rows: list[tuple[int, bytes]]
    framed: bool = False
    closed: bool = True


def looks_like_hl7(data: bytes) -> bool:
    """Whether a file begins as a message or a batch of them does."""
    return unwrapped(data[:8192])[0].lstrip(b"\x0b\x1c\xef\xbb\xbf \t\r\n").startswith(_HEADS)


def read_messages(data: bytes) -> tuple[tuple[RawMessage, ...], tuple[Remark, ...]]:
    """Take a file apart: messages one after the other, in batches (FHS, BHS), in MLLP's frames, with any line end.

    Returns
    -------
    messages, notes
        The notes tell of batches that hold other messages than they say.
    """
    data, told = unwrapped(data)
    blocks, envelope = _blocks(data)
    messages = [_message(block, told) for block in blocks]
    notes = list(_batch_notes(envelope, blocks))
    if envelope and not any(name in {b"BTS", b"FTS"} for _, name, _ in envelope[-1:]):
        notes.append(Remark(0, "", "The batch has no end (BTS, FTS): messages may be missing from the file.", "batch"))
        if messages and not data.rstrip(END).endswith((b"\r", b"\n")):
            last = messages[-1]
            messages[-1] = RawMessage(last.line, last.lines, fault="The file is cut off in this message.")
    return tuple(messages), tuple(notes)


def _rows(data: bytes) -> Iterator[tuple[int, bytes, bool, bool]]:
    """Line number, segment, and whether a frame begins before it or ends after it."""
    for number, line in enumerate(re.split(rb"\r\n|\r|\n", data), start=1):
        for piece in re.split(rb"(?=\x0b)|(?<=\x1c)", line):
            text = piece.strip(b"\x0b\x1c \t\x00").removeprefix(b"\xef\xbb\xbf")
            if text or START in piece or END in piece:
                yield number, text, START in piece, END in piece


def _blocks(data: bytes) -> tuple[list[_Block], list[tuple[int, bytes, bytes]]]:
    blocks: list[_Block] = []
    envelope: list[tuple[int, bytes, bytes]] = []
    framed = False
    current: _Block | None = None
    for number, text, begins, ends in _rows(data):
        framed = framed or begins
        if text.startswith(b"MSH"):
            if current is not None and not begins:
                # Several messages in one frame: this one went on to its end.
                current.closed = True
            current = _Block(number, [], framed, closed=not framed)
            blocks.append(current)
        if text[:3] in _ENVELOPE:
            envelope.append((number, text[:3], text))
            current = None if not framed else current
        elif text and current is not None:
            current.rows.append((number, text))
        elif text:
            # Something between or before messages that belongs to none.
            blocks.append(_Block(number, [(number, text)]))
        if ends:
            framed = False
            if current is not None:
                current.closed = True
                current = None
    return blocks, envelope


def _message(block: _Block, told: str) -> RawMessage:
    head = block.rows[0][1]
    if not head.startswith(b"MSH"):
        return RawMessage(block.line, fault="This line is no HL7 segment and belongs to no message.")
    if block.framed and not block.closed:
        return RawMessage(block.line, fault="The file is cut off in this message.")
    try:
        separators = _separators(head)
    except (ValueError, HL7apyException):
        return RawMessage(block.line, fault="The separators after MSH make no sense; ask who made the file.")
    whole = b"\r".join(text for _, text in block.rows)
    codec, unreadable = (told, "") if told else chosen_codec(_charsets(head, separators), whole)
    unreadable = unreadable or "The letters are damaged; ask for the file again."
    lines = tuple(Line(number, decoded(text, codec)) for number, text in block.rows)
    return RawMessage(block.line, lines, separators, codec, unreadable, _stray(lines, separators["FIELD"]))


def _separators(head: bytes) -> dict[str, str]:
    """MSH-1 and MSH-2; where MSH-2 is too short the usual ones stand in."""
    text = head.decode("latin-1")
    between = text[3:4]
    given = text[4:].split(between, 1)[0] if between else ""
    usual = "^~\\&"
    four = given[:4] + usual[len(given[:4]) :]
    makes_sense = (
        len(given) >= 2 and four.isascii() and not any(one.isalnum() or one.isspace() for one in between + four)
    )
    if not between or not makes_sense or len(set(between + four)) < 5:
        raise ValueError("MSH-1 or MSH-2")
    found = dict(zip(("COMPONENT", "REPETITION", "ESCAPE", "SUBCOMPONENT"), four, strict=True))
    separators = {"FIELD": between, "SEGMENT": "\r", "GROUP": "\r", **found}
    if len(given) > 4:
        separators["TRUNCATION"] = given[4]
    check_encoding_chars(separators)
    return separators


def _charsets(head: bytes, separators: Mapping[str, str]) -> list[str]:
    """MSH-18, whose names are ASCII in every character set."""
    fields = head.decode("latin-1").split(separators["FIELD"])
    if len(fields) < 18:
        return []
    names = fields[17].split(separators["REPETITION"])
    return [name.split(separators["COMPONENT"])[0].strip().strip('"') for name in names]


def _stray(lines: tuple[Line, ...], between: str) -> str:
    """A line that is no segment is the rest of the one before: that one cannot be trusted if orders stand on it."""
    before = ""
    for line in lines:
        if _NAME.fullmatch(line.name.encode("ascii", "replace")) and line.text[3:4] in {between, ""}:
            before = line.name
        elif before in {"MSH", "PID", "ORC", "OBR", "TQ1", "SPM"}:
            return f"Line {line.number} is no HL7 segment: a line break stands inside {before}."
    return ""


def _batch_notes(envelope: list[tuple[int, bytes, bytes]], blocks: list[_Block]) -> Iterator[Remark]:
    begun: int | None = None
    batches = 0
    for number, name, text in envelope:
        between = text[3:4].decode("latin-1")
        said = "".join(text.decode("latin-1").split(between)[1:2]).strip() if between else ""
        # What strip takes for white space, int does not; and no batch holds a billion messages.
        count = int(said) if said.isdecimal() and len(said) < 10 else None
        if name == b"BHS":
            begun, batches = number, batches + 1
        elif name == b"BTS":
            held = sum((begun or 0) < block.line < number for block in blocks)
            if count is not None and count != held:
                yield Remark(
                    number, "", f"The batch says that it holds {count} messages; {held} are there.", "batch count"
                )
            begun = None
        elif name == b"FTS" and count is not None and count != max(batches, 1):
            yield Remark(
                number, "", f"The file says that it holds {count} batches; {max(batches, 1)} are there.", "batch count"
            )
