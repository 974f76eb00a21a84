"""Which language a person sees."""

from __future__ import annotations

import locale

from leukoscope.reports.words import LANGUAGES

__all__ = ["LANGUAGES", "SYSTEM", "chosen_language"]

SYSTEM = "system"


def chosen_language(setting: str) -> str:
    """The language for a setting: that of the operating system for ``system``, English where there is none.

    Parameters
    ----------
    setting
        One of ``LANGUAGES``, or ``system``.
    """
    if setting in LANGUAGES:
        return setting
    try:
        name = locale.getlocale()[0] or ""
    except ValueError:
        name = ""
    # Windows says German_Germany where others say de_DE.
    short = {"german": "de", "spanish": "es", "french": "fr"}.get(name.split("_")[0].lower(), name[:2].lower())
    return short if short in LANGUAGES else "en"
