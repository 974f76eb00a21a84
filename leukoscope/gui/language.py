"""The language of the window: Qt's catalogs, loaded before the first widget is made."""

from __future__ import annotations

import logging

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator

from leukoscope.workflow.home import translations
from leukoscope.workflow.languages import chosen_language

logger = logging.getLogger(__name__)


def install(app: QCoreApplication, setting: str) -> tuple[QTranslator, ...]:
    """Let the window speak a language from now on; widgets that are there keep theirs.

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


def said(sentence: str) -> str:
    """A sentence of the rooms below the window in its language, where the catalog has it."""
    return QCoreApplication.translate("Sentences", sentence) if sentence else ""
