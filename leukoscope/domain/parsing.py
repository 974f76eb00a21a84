"""JSON that somebody else may have written or damaged: whatever is wrong with it is one kind of error."""

from __future__ import annotations

import json
import math
from typing import Any

LARGEST = 2**63
"""Larger whole numbers stand in no file of this program, and overflow what they are given to."""


def parsed_json(text: str | bytes) -> Any:
    """Parse a text of JSON.

    Parameters
    ----------
    text
        As it was read: bytes are taken for UTF-8.

    Raises
    ------
    ValueError
        When it is none, or holds what no file of this program does: nested too deep, a name twice in one object, a
        number that is none or too large. Python takes those, or gives them errors of other kinds, which whoever
        expects a damaged file does not expect.
    """
    return _parsed(
        text if isinstance(text, str) else text.decode("utf-8"),
        object_pairs_hook=_once,
        parse_constant=_no_number,
        parse_int=_whole,
        parse_float=_finite,
    )


def parsed_row(text: str | bytes) -> Any:
    """Parse what a row of the database holds: as :func:`parsed_json`, but for numbers, which columns measure.

    Raises
    ------
    ValueError
        When it is no JSON or nested too deep.
    """
    return _parsed(text)


def _parsed(text: str | bytes, **hooks: Any) -> Any:
    try:
        return json.loads(text, **hooks)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _whole(digits: str) -> int:
    number = int(digits)
    if abs(number) >= LARGEST:
        raise ValueError("a number is too large")
    return number


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number
