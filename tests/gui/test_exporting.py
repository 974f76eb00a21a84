"""A case leaves the window for other systems."""

from __future__ import annotations

from pathlib import Path

import hl7
import pydicom
import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseHeader
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.widgets.buttons import IconButton
from leukoscope.workflow.delivery.message import MessageState
from leukoscope.workflow.export import formats
from tests.gui.conftest import PATIENCE_MS
from tests.unit.exchange.receivers import mllp_listener, storescp
from tests.unit.exchange.test_fhir_send import fhir_server


def states(window: MainWindow) -> list[MessageState]:
    return [one.state for one in window.report.outbox.messages]


def test_a_case_is_written_for_other_systems(judged: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    for kind, name in ((formats.FHIR, "case.fhir.json"), (formats.HL7, "case.hl7"), (formats.DICOM, "case-dicom")):
        with qtbot.waitSignal(judged.export_queue.exported, timeout=PATIENCE_MS):
            judged.exporting.export_to(kind, tmp_path / name)
        assert name in judged.message.text
    assert str(hl7.parse((tmp_path / "case.hl7").read_bytes().decode()).segment("MSH")[9]) == "ORU^R01^ORU_R01"
    assert len(list((tmp_path / "case-dicom").iterdir())) == 5


def test_without_an_address_nothing_is_sent_and_the_way_to_it_is_shown(judged: MainWindow) -> None:
    judged.actions_by_id["send_hl7"].trigger()
    assert "where this goes" in judged.message.text
    assert judged.export_queue.running is None


def test_a_case_is_sent_and_the_outbox_shows_how_it_goes(judged: MainWindow, qtbot: QtBot) -> None:
    bench, outbox = judged.bridge.bench, judged.report.outbox
    judged.show_page("report")
    with mllp_listener() as mailbox:
        bench.settings.save(hl7_node="nowhere")
        judged.actions_by_id["send_hl7"].trigger()
        qtbot.waitUntil(lambda: "computer:port" in judged.message.text, timeout=PATIENCE_MS)
        bench.settings.save(hl7_node=f"plain://127.0.0.1:{mailbox.port}")
        with qtbot.waitSignal(judged.export_queue.queued, timeout=PATIENCE_MS):
            judged.actions_by_id["send_hl7"].trigger()
        qtbot.waitUntil(lambda: states(judged) == [MessageState.SENT], timeout=PATIENCE_MS)
        port = mailbox.port
        assert len(mailbox.messages) == 1
    assert outbox.isVisibleTo(judged.report)
    qtbot.waitUntil(lambda: outbox.findChildren(IconButton) == [], timeout=PATIENCE_MS)
    with qtbot.waitSignal(judged.export_queue.queued, timeout=PATIENCE_MS):
        judged.actions_by_id["send_hl7"].trigger()
    qtbot.waitUntil(lambda: len(outbox.messages) == 2 and outbox.messages[0].tries > 0, timeout=PATIENCE_MS)
    assert "cannot be reached" in outbox.messages[0].sentence
    qtbot.waitUntil(lambda: len(outbox.findChildren(IconButton)) == 2, timeout=PATIENCE_MS)
    with mllp_listener(port=port) as mailbox:
        again, _cancel = outbox.findChildren(IconButton)
        again.click()
        qtbot.waitUntil(lambda: states(judged) == [MessageState.SENT] * 2, timeout=PATIENCE_MS)
        assert len(mailbox.messages) == 1


def test_a_case_is_sent_to_a_dicom_archive(judged: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    node = tmp_path / "node"
    node.mkdir()
    with storescp(node) as port:
        judged.bridge.bench.settings.save(dicom_node=f"plain://ARCHIVE@127.0.0.1:{port}")
        judged.actions_by_id["send_dicom"].trigger()
        qtbot.waitUntil(lambda: states(judged) == [MessageState.SENT], timeout=PATIENCE_MS)
    kinds = sorted(pydicom.dcmread(path).Modality for path in node.iterdir())
    assert kinds == ["DOC", "GM", "GM", "GM", "SR"]


def test_a_case_is_sent_to_a_fhir_server(judged: MainWindow, qtbot: QtBot) -> None:
    judged.actions_by_id["send_fhir"].trigger()
    assert judged.message.text == "Nobody has set yet where this goes."
    with fhir_server() as server:
        judged.bridge.bench.settings.save(fhir_address=server.base)
        judged.actions_by_id["send_fhir"].trigger()
        qtbot.waitUntil(lambda: states(judged) == [MessageState.SENT], timeout=PATIENCE_MS)
    assert sum(one.startswith("DiagnosticReport/") for one in server.kept) == 1
    assert judged.bridge.bench.signing.audit()[0].what == "sent"


def test_a_number_with_a_dot_keeps_the_ending_of_its_file(
    judged: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def typed(_parent: object, _title: str, wanted: str, _kinds: str) -> tuple[str, str]:
        asked.append(Path(wanted).name)
        return str(tmp_path / "LAB.78"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", typed)
    with qtbot.waitSignal(judged.export_queue.exported, timeout=PATIENCE_MS) as written:
        judged.actions_by_id["export_csv"].trigger()
    assert written.args == [tmp_path / "LAB.78.csv"]
    assert asked[0].endswith(".csv")


def test_a_file_of_something_else_stays_and_the_window_says_why(
    judged: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "mine.pdf").write_bytes(b"of somebody else")
    with qtbot.waitSignal(judged.export_queue.failed, timeout=PATIENCE_MS):
        judged.exporting.export_to(formats.PDF, tmp_path / "mine.pdf")
    assert "is there already" in judged.message.text
    assert (tmp_path / "mine.pdf").read_bytes() == b"of somebody else"


def test_a_number_of_another_case_is_refused_and_the_form_shows_what_is_kept(judged: MainWindow, qtbot: QtBot) -> None:
    bench = judged.bridge.bench
    bench.cases.create(CaseHeader("Häm-1"))
    form = judged.case_bar.form
    assert judged.case.case is not None
    kept = judged.case.case.header.number
    form.fields["number"].setText("ha\u0308m-1")
    form.save()
    qtbot.waitUntil(lambda: "“Häm-1” has this number already" in judged.message.text, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: form.fields["number"].text() == kept, timeout=PATIENCE_MS)
    assert judged.case.id is not None
    assert bench.cases.load(judged.case.id).header.number == kept
