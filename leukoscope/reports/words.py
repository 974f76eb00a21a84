"""Words: the report's sentences in the language of the lab, from Qt Linguist's catalogs and without Qt."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

logger = logging.getLogger(__name__)

LANGUAGES = {"en": "English", "es": "Español", "fr": "Français", "de": "Deutsch"}
"""Languages of reports and window, each by its own name; English is the language of the source."""
CONTEXTS = ("Report", "Sentences")
"""Parts of the catalogs that reports use."""
_THIN = "\u202f"


@dataclass(frozen=True)
class Words:
    """Sentences in one language; what is not translated stays English.

    Parameters
    ----------
    language
        One of ``LANGUAGES``.
    texts
        English sentence -> translation.
    """

    language: str = "en"
    texts: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, text: str, /, **values: object) -> str:
        """A sentence in the language, with its placeholders filled."""
        shown = self.texts.get(text, text)
        if not values:
            return shown
        try:
            return shown.format(**values)
        except (ValueError, LookupError, AttributeError):
            # A damaged catalog: the sentence of the source has its placeholders right.
            logger.warning("a translation into %s has wrong placeholders, English taken", self.language)
            return text.format(**values)

    def counted(self, count: int, one: str, many: str) -> str:
        """A sentence about ``{n}`` things."""
        return self(one if count == 1 else many, n=self.number(count))

    def number(self, count: int) -> str:
        """A whole number; groups of three digits as they are written where the language is spoken."""
        text = f"{count:,}"
        return text if self.language == "en" else text.replace(",", _THIN)

    def decimal(self, figure: str) -> str:
        """A figure with a decimal point, with the sign that the language has for it."""
        return figure if self.language == "en" else figure.replace(".", ",")


ENGLISH = Words()


def load_words(language: str, folder: Path) -> Words:
    """Read a catalog.

    Parameters
    ----------
    language
        One of ``LANGUAGES``; others give English.
    folder
        Holds ``leukoscope_es.ts`` and so on. A missing or damaged one gives English, and the log says so.
    """
    if language not in LANGUAGES or language == "en":
        return ENGLISH
    path = folder / f"leukoscope_{language}.ts"
    try:
        return Words(language, read_catalog(path, CONTEXTS))
    except (OSError, ElementTree.ParseError, ValueError, LookupError) as error:
        logger.warning("catalog %s unusable, English taken: %r", path.name, error)
        return ENGLISH


def read_catalog(path: Path, contexts: tuple[str, ...]) -> dict[str, str]:
    """English sentence -> translation, of some contexts of a ``.ts`` file; unfinished ones are left out."""
    texts: dict[str, str] = {}
    for context in ElementTree.parse(path).getroot().iter("context"):
        if context.findtext("name") not in contexts:
            continue
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is not None and translation.text and translation.get("type") is None:
                texts[message.findtext("source") or ""] = translation.text
    return texts
