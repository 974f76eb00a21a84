"""The result leaves the window: a conclusion with standard phrases, the pages of the preview, and paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtPrintSupport import QPrinter
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.gui.report.printing import new_printer
from leukoscope.gui.session import FileDialogs
from tests.gui.conftest import PATIENCE_MS, OpenWindow
from tests.gui.stored import stored_case


def test_a_conclusion_is_kept_shown_and_printed(
    open_quiet: OpenWindow, kept: CaseStore, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = stored_case(kept, "A-1", 2)
    window = open_quiet()
    window.commands.open_case(case_id)
    qtbot.waitUntil(lambda: window.case.id == case_id, timeout=PATIENCE_MS)
    window.bridge.bench.settings.save(operator="Ana", report_appendix="none", phrases=("Few cells.", "Look again."))
    window.show_page("report")
    form = window.report.conclusion
    form.put_in("Few cells.")
    form.put_in("Look again.")
    assert form.text.toPlainText() == "Few cells. Look again."
    form.save()
    bench = window.bridge.bench
    qtbot.waitUntil(lambda: "Few cells." in bench.cases.load(case_id).header.conclusion, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.report.pages > 1, timeout=PATIENCE_MS)
    preview = window.report.preview
    preview.go(1)
    qtbot.waitUntil(lambda: preview.place.text().startswith("Page 2 of"), timeout=PATIENCE_MS)
    before = preview.zoom
    preview.larger.click()
    assert preview.zoom == pytest.approx(before * 1.25, rel=0.01)

    def to_file(_self: FileDialogs, _pages: int, page: str) -> QPrinter:
        printer = new_printer(page)
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(tmp_path / "paper.pdf"))
        printer.setFromTo(1, 1)
        return printer

    monkeypatch.setattr(FileDialogs, "printer", to_file)
    window.actions_by_id["print_report"].trigger()
    qtbot.waitUntil(lambda: "with the printer" in window.message.text, timeout=PATIENCE_MS)
    assert len(PdfReader(tmp_path / "paper.pdf").pages) == 1
    qtbot.waitUntil(lambda: any(one.subject == "print" for one in bench.signing.audit(case_id)), timeout=PATIENCE_MS)
