"""The audit trail's words: every one that the program writes is known in every language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from leukoscope.domain.audit import AuditEntry
from leukoscope.gui import audit_words, language

PACKAGE = Path(audit_words.__file__).parents[1]


def entry(what: str, subject: str = "", old: str = "", new: str = "") -> AuditEntry:
    return AuditEntry(1, "2026-11-23T10:00:00+00:00", "A. Weber", what, None, subject, old, new, "", "0" * 64)


def written() -> set[str]:
    """What the rooms below write into the trail, as their code says it."""
    found: set[str] = {"sign in refused", "signature password refused"}
    for path in [*(PACKAGE / "cases").glob("*.py"), *(PACKAGE / "workflow").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'\.record\(\s*session, "([^"]+)"', text))
        found |= set(re.findall(r'what(?:: str)? = "([^"]+)"(?: if [^\n]*? else "[^"]+")?', text))
        found |= set(re.findall(r'what = "[^"]+" if [^\n]*? else "([^"]+)"', text))
    return found


@pytest.mark.parametrize("name", ["es", "fr", "de"])
def test_every_word_of_the_trail_is_told_in_the_language_of_the_window(qtbot: QtBot, name: str) -> None:
    words = written()
    assert {"label", "image added", "cell restored", "sign in", "account role"} <= words
    app = QApplication.instance()
    assert app is not None
    english = {word: audit_words.told(entry(word))[0] for word in words}
    translators = language.install(app, name)
    try:
        same = {word for word in words if audit_words.told(entry(word))[0] == english[word]}
    finally:
        for translator in translators:
            app.removeTranslator(translator)
    assert same <= {"signature password"}, "not in the table, or not translated"


def test_parts_and_values_are_told_and_what_people_wrote_stays(qtbot: QtBot) -> None:
    app = QApplication.instance()
    assert app is not None
    translators = language.install(app, "de")
    try:
        assert audit_words.told(entry("label", "cell 12", "unsure", "healthy")) == (
            "Befund",
            "Zelle 12",
            "Unsicher",
            "Gesund",
        )
        assert audit_words.told(entry("state", "", "open", "signed"))[2:] == ("offen", "unterschrieben")
        assert audit_words.told(entry("header", "notes", "open", "signed"))[1:] == ("Notizen", "open", "signed")
        assert audit_words.told(entry("rule", "lock_minutes", "0", "10"))[2:] == ("0", "10")
        assert audit_words.told(entry("newer", "thing 3", "a", "b")) == ("newer", "thing 3", "a", "b")
    finally:
        for translator in translators:
            app.removeTranslator(translator)
