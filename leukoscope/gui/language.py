"""The language of the window: Qt's catalogs, loaded before the first widget is made."""

from __future__ import annotations

import logging
import re
from functools import lru_cache

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from leukoscope.domain.parsing import parsed_json
from leukoscope.workflow.app_dirs import translations
from leukoscope.workflow.languages import chosen_language

logger = logging.getLogger(__name__)

_CONTEXT = "Sentences"
_PLACE = re.compile(r"\{\d\}")


def install(app: QCoreApplication, setting: str) -> tuple[QTranslator, ...]:
    """Let the window speak a language from now on; widgets that are there keep theirs (see ``program.Program``).

    Parameters
    ----------
    app
        The application; it keeps the catalogs.
    setting
        ``en``, ``es``, ``fr``, ``de`` or ``system``.

    Returns
    -------
    tuple of QTranslator
        What was loaded: the program's words, and Qt's own for its dialogs.
    """
    language = chosen_language(setting)
    if language == "en":
        return ()
    loaded: list[QTranslator] = []
    qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for name, folder in ((f"qtbase_{language}", qt), (f"leukoscope_{language}", str(translations()))):
        translator = QTranslator(app)
        if translator.load(name, folder):
            app.installTranslator(translator)
            loaded.append(translator)
        else:
            logger.warning("catalog %s not found", name)
    return tuple(loaded)


def change(app: QCoreApplication, setting: str) -> None:
    """Speak another language than before, with its dates and figures; for widgets that are made from now on."""
    for former in app.findChildren(QTranslator):
        app.removeTranslator(former)
        former.deleteLater()
    install(app, setting)
    adopt_locale(setting)


def adopt_locale(setting: str) -> None:
    """Write dates and figures as people of the language do, where the system speaks another or none."""
    language, system = chosen_language(setting), QLocale.system()
    theirs = system.name().partition("_")[0] == language or language == "en"
    QLocale.setDefault(system if theirs else QLocale(language))


def said(sentence: str) -> str:
    """A sentence of the rooms below the window in its language, where the catalog has it.

    What was filled into it (a file's name, a figure) is taken over as it is, unless it is a sentence itself.
    """
    if not sentence:
        return ""
    whole = QCoreApplication.translate(_CONTEXT, sentence)
    if whole != sentence:
        return whole
    for pattern, template in _templates():
        filled = pattern.fullmatch(sentence)
        if filled is not None:
            translated = QCoreApplication.translate(_CONTEXT, template)
            parts = (said(part) if part.endswith(".") else part for part in filled.groups())
            return sentence if translated == template else translated.format(*parts)
    return sentence


@lru_cache(maxsize=1)
def _templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Sentences with {0}, {1} ... in them, those with the most words of their own first."""
    path = translations() / "sentences.json"
    try:
        texts: list[str] = parsed_json(path.read_bytes())
    except (OSError, ValueError) as error:
        logger.warning("no list of sentences: %r", error)
        return ()
    texts.sort(key=lambda text: -len(_PLACE.sub("", text)))
    return tuple((re.compile("(.+?)".join(map(re.escape, _PLACE.split(text))), re.DOTALL), text) for text in texts)
