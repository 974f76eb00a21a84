"""The lab's standard phrases: its own, else those that the program comes with, in the language of its reports."""

from __future__ import annotations

from functools import lru_cache

from leukoscope.workflow.app_dirs import translations
from leukoscope.workflow.languages import chosen_language
from leukoscope.workflow.settings import Settings


def shipped_phrases(settings: Settings) -> tuple[str, ...]:
    """Those that the program comes with."""
    return _shipped(chosen_language(settings.language))


@lru_cache(maxsize=4)
def _shipped(language: str) -> tuple[str, ...]:
    from leukoscope.reports.phrases import standard_phrases
    from leukoscope.reports.words import load_words

    return standard_phrases(load_words(language, translations()))


def phrases_in_force(settings: Settings) -> tuple[str, ...]:
    """Those that are offered where a conclusion is written."""
    return settings.phrases or shipped_phrases(settings)


def with_phrase(text: str, place: int, phrase: str) -> tuple[str, int]:
    """A text with a phrase put in, set off by one space where words stand beside it.

    Parameters
    ----------
    text
        As it is.
    place
        Where the phrase goes, in characters.
    phrase
        What goes in.

    Returns
    -------
    tuple
        The new text, and the place behind the phrase.
    """
    before, after = text[:place], text[place:]
    left = "" if not before or before[-1].isspace() else " "
    right = "" if not after or after[0].isspace() else " "
    return f"{before}{left}{phrase}{right}{after}", len(before) + len(left) + len(phrase)
