"""Segments of HL7 v2.5.1 built by hl7apy, which knows their grammar: datatypes, places, what is required."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from hl7apy.base_datatypes import ST
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.core import Component, Field, Group, Message, Segment, SubComponent, is_base_datatype
from hl7apy.exceptions import HL7apyException

from leukoscope.domain.errors import ExchangeError
from leukoscope.exchange.hl7_escapes import escape

VERSION = "2.5.1"
_LEVEL = VALIDATION_LEVEL.TOLERANT
"""While a message grows; it is validated strictly when it is whole. Strict all along would cut at lengths that the
standard itself calls recommended: a report as PDF does not fit into 64 KiB."""

Value = str | tuple[str | tuple[str, ...], ...]
"""A field: text, or its components, or their subcomponents; empty texts are left out."""


class _Text(ST):  # type: ignore[misc]
    """A text that is escaped once and wholly; hl7apy leaves alone what looks like an escape sequence already."""

    def to_er7(self, encoding_chars: dict[str, str] | None = None) -> str:  # noqa: ARG002
        """As it stands in the message."""
        return escape(str(self.value))


def segment(name: str, fields: Mapping[int, Value]) -> Any:
    """A segment.

    Parameters
    ----------
    name
        For example ``PID``.
    fields
        By their place, from 1; empty ones are left out.
    """
    made = Segment(name, version=VERSION, validation_level=_LEVEL)
    for place, value in fields.items():
        if value and any(value):
            made.add(_field(f"{name}_{place}", value))
    return made


def group(parent: Any, name: str, *segments: Any) -> Any:
    """A group of segments inside a message or another group."""
    made = Group(name, version=VERSION, validation_level=_LEVEL)
    for one in segments:
        made.add(one)
    parent.add(made)
    return made


def message(structure: str, msh: Mapping[int, Value]) -> Any:
    """An empty message with its head."""
    made = Message(structure, version=VERSION, validation_level=_LEVEL)
    for child in list(made.msh.children):
        if child.name not in {"MSH_1", "MSH_2"}:
            made.msh.children.remove(child)
    for place, value in msh.items():
        if value and any(value):
            made.msh.add(_field(f"MSH_{place}", value))
    return made


def written(made: Any) -> str:
    """A whole message as it is sent, validated against the grammar of its version.

    Raises
    ------
    ExchangeError
        When it breaks the grammar.
    """
    try:
        made.validate()
    except HL7apyException as error:
        # The library's own words quote fields.
        raise ExchangeError("This case cannot be written as HL7.", type(error).__name__) from error
    return str(made.to_er7()).rstrip("\r") + "\r"


def _field(name: str, value: Value) -> Any:
    made = Field(name, version=VERSION, validation_level=_LEVEL)
    for place, part in enumerate((value,) if isinstance(value, str) else value, start=1):
        # Among components without a grammar a gap has to be there to be kept.
        if any(part) or made.datatype == "varies":
            made.add(_component(made.datatype, place, part))
    return made


def _component(datatype: str, place: int, part: str | tuple[str, ...]) -> Any:
    if _is_base(datatype):
        made = Component(datatype=datatype, version=VERSION, validation_level=_LEVEL)
    else:
        # OBX-5 may have any datatype: its components go by the name of VARIES.
        made = Component(f"{datatype.upper()}_{place}", version=VERSION, validation_level=_LEVEL)
    for sub, text in enumerate((part,) if isinstance(part, str) else part, start=1):
        if not text:
            continue
        plain = made.datatype is None or _is_base(made.datatype)
        name, kind = (None, made.datatype or "ST") if plain else (f"{made.datatype}_{sub}", None)
        leaf = SubComponent(name, datatype=kind, version=VERSION, validation_level=_LEVEL)
        leaf.value = _Text(text)
        made.add(leaf)
    return made


@lru_cache(maxsize=256)
def _is_base(datatype: str) -> bool:
    return bool(is_base_datatype(datatype, VERSION))
