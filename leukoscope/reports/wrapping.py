"""Breaking text into lines that fit, and shortening names that do not. Pure functions on a measure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

Measure = Callable[[str], float]
"""Width of a text in points."""

ELLIPSIS = "…"
# A word with the spaces after it; a Chinese or Japanese character is a word of its own.
_WORD = re.compile(
    r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]\s*|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]+\s*|\s+"
)


def wrap(text: str, width: float, measure: Measure) -> list[str]:
    """Break text into lines of at most ``width``.

    Breaks stand after spaces; a word wider than a line is broken between characters, never between a letter and
    its marks. No character is lost but the spaces at the end of a broken line.
    """
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        lines.extend(_wrap_paragraph(paragraph, width, measure))
    return lines


def _wrap_paragraph(text: str, width: float, measure: Measure) -> Iterator[str]:
    line = ""
    for word in _WORD.findall(text):
        if measure((line + word).rstrip()) <= width:
            line += word
            continue
        if line.strip():
            yield line.rstrip()
        line = word
        while measure(line.rstrip()) > width:
            head = _longest_head(clusters(line), width, measure)
            yield head
            line = line[len(head) :]
    yield line.rstrip()


def _longest_head(parts: list[str], width: float, measure: Measure) -> str:
    low, high = 1, len(parts)
    while low < high:
        middle = (low + high + 1) // 2
        if measure("".join(parts[:middle])) <= width:
            low = middle
        else:
            high = middle - 1
    return "".join(parts[:low])


def clusters(text: str) -> list[str]:
    """Letters with the marks and joiners that belong to them."""
    parts: list[str] = []
    for char in text:
        belongs = unicodedata.category(char) in {"Mn", "Mc", "Me", "Cf"} or (parts and parts[-1].endswith("\u200d"))
        if belongs and parts:
            parts[-1] += char
        else:
            parts.append(char)
    return parts


def shorten(text: str, width: float, measure: Measure) -> str:
    """Leave out the middle of a text that is wider than ``width``: the end of a file name matters as its beginning."""
    text = " ".join(text.splitlines())
    if measure(text) <= width:
        return text
    parts = clusters(text)
    low, high = 0, len(parts) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if measure(_without_middle(parts, middle)) <= width:
            low = middle
        else:
            high = middle - 1
    return _without_middle(parts, low)


def _without_middle(parts: list[str], kept: int) -> str:
    tail = kept // 2
    return "".join(parts[: kept - tail]) + ELLIPSIS + ("".join(parts[-tail:]) if tail else "")


def fit_lines(text: str, width: float, count: int, measure: Measure) -> list[str]:
    """At most ``count`` lines; what is too long loses its middle."""
    lines = wrap(text, width, measure)
    if len(lines) <= count:
        return lines
    return [*lines[: count - 1], shorten(" ".join((lines[count - 1], *lines[count:])), width, measure)]
