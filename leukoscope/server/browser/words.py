"""The words of the pages in one language, from the catalogs of the window and without Qt."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from xml.etree import ElementTree

from leukoscope.domain.cell_sentence import NOTHING_SAID
from leukoscope.domain.findings import Label, UnsureReason
from leukoscope.domain.parsing import parsed_json
from leukoscope.reports.words import LANGUAGES
from leukoscope.server.browser.texts import TEXTS
from leukoscope.workflow.app_dirs import translations

logger = logging.getLogger(__name__)

WITH_COMMA = frozenset({"de", "es", "fr"})
_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_PLACE = re.compile(r"\{\d\}")


@dataclass(frozen=True)
class PageWords:
    """Words of one language; what is not translated stays English.

    Parameters
    ----------
    language
        One of ``LANGUAGES``.
    texts
        Key -> text.
    sentences
        English sentence of the rooms below -> translation.
    """

    language: str
    texts: Mapping[str, str]
    sentences: Mapping[str, str]

    def __call__(self, key: str, *values: object) -> str:
        """A text, with its places filled."""
        return self.texts[key].format(*values) if values else self.texts[key]

    def known(self, key: str) -> str:
        """A text, or none where there is none of this key."""
        return self.texts.get(key, "")

    def number(self, text: str) -> str:
        """A figure as people of the language write it: with a comma where they do."""
        return _POINT.sub(",", text) if self.language in WITH_COMMA else text

    def said(self, sentence: str) -> str:
        """A sentence of the rooms below, as the window says it; what was filled into it is taken over as it is."""
        if (whole := self.sentences.get(sentence)) is not None:
            return whole
        if not self.sentences:
            return sentence
        for pattern, template in _templates():
            filled = pattern.fullmatch(sentence)
            if filled is not None:
                parts = (self.said(part) if part.endswith(".") else part for part in filled.groups())
                return self.sentences.get(template, template).format(*parts)
        return sentence

    # Of the sentence of a cell ---------------------------------------------------------------------------------

    def verdict(self, label: Label) -> str:
        """Leukemic, healthy, unsure."""
        return self(label.value).lower()

    def class_name(self, code: str) -> str:
        """What a cell class is called."""
        return self(f"class_{code}")

    def figure(self, probability: float | None) -> str:
        """Two digits, never certainty; a dash where nothing was asked."""
        return "–" if probability is None else self.number(f"{min(max(probability, 0.01), 0.99):.2f}")

    def reason(self, why: UnsureReason) -> str:
        """Why the program abstains, in a few words."""
        return self(f"brief_{why.value}")

    def not_named(self) -> str:
        """That the probability is too low for a name."""
        return self("not_named")

    def leans(self, side: str) -> str:
        """To which side an unsure cell leans."""
        return self("leans", side)

    def program(self, said: str) -> str:
        """The program's part."""
        return self("program", said)

    def person(self, said: str) -> str:
        """The person's part; a dash needs no stop."""
        return self("you_nothing") if said == NOTHING_SAID else self("you", said)


@lru_cache(maxsize=8)
def page_words(language: str) -> PageWords:
    """The words of a language; English for one that is not known."""
    if language not in LANGUAGES or language == "en":
        return PageWords("en", {key: text for key, (_, text) in TEXTS.items()}, {})
    catalog = _catalog(language)
    texts = {key: catalog.get(entry, entry[1]) for key, entry in TEXTS.items()}
    return PageWords(
        language, texts, {text: done for (context, text), done in catalog.items() if context == "Sentences"}
    )


def _catalog(language: str) -> dict[tuple[str, str], str]:
    """(context, English) -> translation, of what is finished."""
    found: dict[tuple[str, str], str] = {}
    path = translations() / f"leukoscope_{language}.ts"
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError, ValueError, LookupError) as error:
        logger.warning("catalog %s unusable, English taken: %r", path.name, error)
        return found
    for context in root.iter("context"):
        name = context.findtext("name") or ""
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is not None and translation.text and translation.get("type") is None:
                found[name, message.findtext("source") or ""] = translation.text
    return found


@lru_cache(maxsize=1)
def _templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Sentences with {0}, {1} ... in them, those with the most words of their own first."""
    try:
        texts: list[str] = parsed_json((translations() / "sentences.json").read_bytes())
    except (OSError, ValueError) as error:
        logger.warning("no list of sentences: %r", error)
        return ()
    texts.sort(key=lambda text: -len(_PLACE.sub("", text)))
    return tuple((re.compile("(.+?)".join(map(re.escape, _PLACE.split(text))), re.DOTALL), text) for text in texts)
