"""Segments of HL7 v2 read by hl7apy: repetitions, components and subcomponents, with escapes and ``""`` understood."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_segment

from leukoscope.exchange.hl7_escapes import unescape
from leukoscope.exchange.hl7_files import Line, RawMessage

GRAMMAR = "2.5.1"
"""Fields keep their places in all versions of HL7 v2; this one still names those that later ones withdrew."""
EMPTY = '""'
"""What HL7 writes for a field whose content shall be deleted."""


class Repetition:
    """One repetition of a field."""

    def __init__(self, field: Any, message: RawMessage) -> None:
        self._field, self._message = field, message

    def raw(self, component: int = 1, sub: int = 1) -> str:
        """As it was sent, without escapes; ``""`` where the sender says that it is empty."""
        part = _at(self._field.children, component)
        piece = None if part is None else _at(part.children, sub)
        value = getattr(getattr(piece, "value", None), "value", None)
        text = unescape(str(value), self._message.separators, self._message.codec) if value is not None else ""
        return " ".join("".join(one if one >= " " else " " for one in text).split())

    def text(self, component: int = 1, sub: int = 1) -> str:
        """As :meth:`raw`, where "said to be empty" is empty."""
        found = self.raw(component, sub)
        return "" if found == EMPTY else found


class Segment:
    """One segment.

    Parameters
    ----------
    line
        As it stands in the file.
    message
        Whose it is.

    Raises
    ------
    hl7apy.exceptions.HL7apyException, ValueError
        When hl7apy cannot make anything of it.
    """

    def __init__(self, line: Line, message: RawMessage) -> None:
        self.name, self.line, self._message = line.name, line.number, message
        self._parsed = parse_segment(line.text, GRAMMAR, dict(message.separators), VALIDATION_LEVEL.TOLERANT)

    def repetitions(self, place: int) -> tuple[Repetition, ...]:
        """All repetitions of a field; none when it is not there."""
        name = f"{self.name}_{place}"
        return tuple(Repetition(one, self._message) for one in self._parsed.children if one.name == name)

    def raw(self, place: int, component: int = 1, sub: int = 1) -> str:
        """Of the first repetition that says something; ``""`` where the sender says that it is empty."""
        return next((said for one in self.repetitions(place) if (said := one.raw(component, sub))), "")

    def text(self, place: int, component: int = 1, sub: int = 1) -> str:
        """As :meth:`raw`, where "said to be empty" is empty."""
        found = self.raw(place, component, sub)
        return "" if found == EMPTY else found


def _at(children: Iterable[Any], place: int) -> Any:
    """The child at a place from 1: by its name where hl7apy knows it, else in its order."""
    for order, child in enumerate(children, start=1):
        _, line, number = (child.name or "").rpartition("_")
        if (int(number) if line and number.isdecimal() and len(number) < 10 else order) == place:
            return child
    return None
