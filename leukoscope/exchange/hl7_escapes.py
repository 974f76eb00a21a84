"""Escape sequences of HL7 v2 (2.5.1, 2.7): into and out of the text of a field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from leukoscope.exchange.hl7_charsets import decoded

STANDARD = {
    "FIELD": "|", "COMPONENT": "^", "SUBCOMPONENT": "&", "REPETITION": "~", "ESCAPE": "\\", "SEGMENT": "\r",
    "GROUP": "\r",
}  # fmt: skip
"""The separators as most write them, by the names that hl7apy has for them."""
_OUT = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}
_LETTERS = {"F": "FIELD", "S": "COMPONENT", "T": "SUBCOMPONENT", "R": "REPETITION", "E": "ESCAPE"}
_BREAKS = ("br", "sp", "ce")


def escape(text: str) -> str:
    """Text as a field holds it: delimiters and control characters as escape sequences, all else as it is."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(_OUT.get(char) or (f"\\X{ord(char):02X}\\" if char < " " else char) for char in whole)


def unescape(text: str, separators: Mapping[str, str] = STANDARD, codec: str = "utf-8") -> str:
    """The text that a field means.

    Parameters
    ----------
    text
        As it stands between the separators.
    separators
        Those of the message.
    codec
        Of the message: for bytes that are written in hexadecimal digits.

    Returns
    -------
    str
        Highlighting is left out, layout becomes line breaks and blanks; what is no escape sequence stays as it is.
    """
    mark = separators["ESCAPE"]
    if not mark or mark not in text:
        return text

    def meant(match: re.Match[str]) -> str:
        if match["bytes"]:
            digits = re.sub(f"{re.escape(mark)}X?", "", match["bytes"])
            return decoded(bytes.fromhex(digits), "utf-8" if codec == "ascii" else codec)
        if match["letter"]:
            return separators[_LETTERS[match["letter"].upper()]]
        if match["layout"]:
            return "\n" if match["layout"].lower() in _BREAKS else " "
        if match["set"]:
            # Another character set begins: what follows would be read wrongly.
            return "\ufffd"
        return separators.get("TRUNCATION", "#") if match["sign"] == "P" else ""

    return _sequences(re.escape(mark)).sub(meant, text)


@lru_cache(maxsize=8)
def _sequences(mark: str) -> re.Pattern[str]:
    # Bytes of one letter may come as several sequences in a row.
    return re.compile(
        f"(?P<bytes>(?:{mark}X(?:[0-9A-Fa-f]{{2}})+{mark})+)"
        f"|{mark}(?:(?P<letter>[FSTRE])|(?P<sign>[HNP])|(?P<set>[CM][0-9A-Fa-f]{{4,6}})"
        f"|\\.(?P<layout>br|sp|in|ti|sk|ce|fi|nf)(?:[+-]?\\d+)?){mark}",
        re.IGNORECASE,
    )
