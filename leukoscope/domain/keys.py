"""Keys: one form by which a case number is found, and short forms of long keys that never meet.

Everything here is pure. Two different texts never share what these functions give, but for a collision of 50 bits of
SHA-256; two spellings of one case number share their :func:`case_key`.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata

MARK_LENGTH = 10
"""Characters of the mark that tells shortened texts apart: 5 bits each."""
_MARKED = re.compile(rf"_[A-Z2-7]{{{MARK_LENGTH}}}$", re.IGNORECASE)
"""What looks as if it had been shortened is marked too, else it could be taken for another's short form."""
_INVISIBLE = re.compile("[\u034f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Joiners and selectors of variants; they are no format characters by category, but show nothing either."""
_SEEN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Format characters by category that are drawn all the same."""


def whole_text(text: str) -> str:
    """Text without halves of characters, as a damaged file name can hold them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def tidy_number(number: str) -> str:
    """A case number as a person means it.

    Composed (NFC), without what a scanner sends around it and nobody sees: control characters count as a space, format
    characters as nothing, spaces at the ends go and several become one. Case of letters stays.
    """
    spaced = "".join(map(_seen, _INVISIBLE.sub("", whole_text(number))))
    return unicodedata.normalize("NFC", " ".join(spaced.split()))


def _seen(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cc":
        return " "
    return "" if category == "Cf" and char not in _SEEN else char


def case_key(number: str) -> str:
    """The one form of a case number, however it was typed or scanned; empty when nothing is left of it.

    Canonical caseless matching of the Unicode standard (section 3.13, D145), composed at the end, over
    :func:`tidy_number`: ``a-1`` and ``A-1`` are one number, and so are both spellings of ``Häm-1``.
    """
    folded = unicodedata.normalize("NFD", tidy_number(number)).casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", folded).casefold())


def mark_of(text: str) -> str:
    """``_`` and ten letters and digits that stand for this very text (SHA-256, RFC 4648 base 32)."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return "_" + base64.b32encode(digest).decode("ascii")[:MARK_LENGTH]


def looks_marked(text: str) -> bool:
    """Whether a text ends as one that was shortened."""
    return _MARKED.search(text) is not None


def fitted(text: str, longest: int, forbidden: str = "") -> str:
    """A key for a field of limited length.

    Parameters
    ----------
    text
        The whole key.
    longest
        Bytes in UTF-8 that the field holds, at least 12.
    forbidden
        Characters that the field cannot hold.

    Returns
    -------
    str
        The text itself where it fits; else its end, which tells numbers of one lab apart for a reader, and a mark
        that tells it apart from every other.
    """
    plain = not any(char in forbidden or unicodedata.category(char) in {"Cc", "Cs"} for char in text)
    if plain and text == text.strip() and len(text.encode()) <= longest and not looks_marked(text):
        return text
    mark = mark_of(text)
    kept = "".join(char if char.isalnum() or char in "-." else "-" for char in whole_text(text))
    end = kept.encode()[-(longest - len(mark)) :] if longest > len(mark) else b""
    return end.decode("utf-8", "ignore").lstrip("-.") + mark
