"""The one place where data becomes the name of a file or folder."""

from __future__ import annotations

import re
import unicodedata

from leukoscope.domain.keys import looks_marked, mark_of, whole_text

LONGEST = 60
"""Characters; longer texts are cut and marked. With every ending it fits Windows' paths and zip archives."""
LONGEST_BYTES = 120
"""In UTF-8: file systems count bytes (255 in ext4, 143 in an encrypted home), and part files add to a name."""
_KEPT_SIGNS = frozenset("-_. ()+,")
_OWN_ENDINGS = (".fhir", ".part")
"""What the program itself puts behind a stem: ``X.fhir`` with ``.json`` would be the ``X`` of FHIR."""
_DEVICES = re.compile(r"(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices, whatever ending follows (Microsoft, Naming Files, Paths, and Namespaces)."""


def file_stem(text: str, empty: str = "case") -> str:
    """The name of a file or folder, without its ending, that stands for a text on every system.

    A text that is a good name everywhere stays as it is. Every other one is written with what can be kept of it and a
    mark of the whole text, so that ``LAB:78`` and ``LAB-78``, or two texts that begin with the same sixty characters,
    never meet: not even where a file system knows no case of letters or composes characters its own way.

    Parameters
    ----------
    text
        A case number, the name of an image, of a model.
    empty
        Stands in front of the mark when nothing can be kept.
    """
    if _is_good(text):
        return text
    kept = "".join(char if _stays(char) and char != "." else "-" for char in unicodedata.normalize("NFC", text))
    short = kept[:LONGEST].encode("utf-8", "ignore")[: LONGEST_BYTES - 20].decode("utf-8", "ignore")
    readable = re.sub(r"-{2,}", "-", short).strip(" -_")
    while readable and not readable[0].isalnum():
        readable = readable[1:]
    return (readable or empty) + mark_of(text)


def _is_good(text: str) -> bool:
    if not text or len(text) > LONGEST or len(whole_text(text).encode()) > LONGEST_BYTES:
        return False
    if not text[0].isalnum() or text[-1] in " ." or not all(map(_stays, text)):
        return False
    if looks_marked(text) or _DEVICES.fullmatch(text) or text.casefold().endswith(_OWN_ENDINGS):
        return False
    # Letters whose capitals are another's (dotless i) are one on some file systems and two on others.
    composed = unicodedata.normalize("NFC", text)
    return composed == text and _folded(text.upper()) == _folded(text) == _folded(text.lower())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def _stays(char: str) -> bool:
    return char in _KEPT_SIGNS or unicodedata.category(char)[0] in "LNM"
