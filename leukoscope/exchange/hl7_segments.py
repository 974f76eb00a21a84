"""Segments of HL7 v2 taken apart: repetitions, components and subcomponents, with escapes and ``""`` understood.

By hand: hl7apy needs four milliseconds to make objects of a message, and the hospital's system sends hundreds a second
(ADR 10).
"""

from __future__ import annotations

from leukoscope.exchange.hl7_escapes import unescape
from leukoscope.exchange.hl7_files import Line, RawMessage

EMPTY = '""'
"""What HL7 writes for a field whose content shall be deleted."""


class Repetition:
    """One repetition of a field, as it stands in the message."""

    def __init__(self, said: str, message: RawMessage) -> None:
        self._said, self._message = said, message

    def raw(self, component: int = 1, sub: int = 1) -> str:
        """As it was sent, without escapes; ``""`` where the sender says that it is empty."""
        separators = self._message.separators
        part = _at(self._said, separators["COMPONENT"], component)
        value = _at(part, separators["SUBCOMPONENT"], sub)
        text = unescape(value, separators, self._message.codec)
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
    """

    def __init__(self, line: Line, message: RawMessage) -> None:
        self.name, self.line, self._message = line.name, line.number, message
        between = message.separators["FIELD"]
        # The first field of MSH is the separator itself.
        self._fields = [between, *line.text.split(between)] if line.name == "MSH" else line.text.split(between)

    def repetitions(self, place: int) -> tuple[Repetition, ...]:
        """All repetitions of a field; none when it is not there."""
        said = self._fields[place] if place < len(self._fields) else ""
        if not said:
            return ()
        # The separators themselves stand in MSH-1 and MSH-2.
        whole = self.name == "MSH" and place < 3
        parts = [said] if whole else said.split(self._message.separators["REPETITION"])
        return tuple(Repetition(one, self._message) for one in parts)

    def raw(self, place: int, component: int = 1, sub: int = 1) -> str:
        """Of the first repetition that says something; ``""`` where the sender says that it is empty."""
        return next((said for one in self.repetitions(place) if (said := one.raw(component, sub))), "")

    def text(self, place: int, component: int = 1, sub: int = 1) -> str:
        """As :meth:`raw`, where "said to be empty" is empty."""
        found = self.raw(place, component, sub)
        return "" if found == EMPTY else found


def _at(text: str, between: str, place: int) -> str:
    """A part, from 1; empty where it is not there."""
    parts = text.split(between)
    return parts[place - 1] if place <= len(parts) else ""
