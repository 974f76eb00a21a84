"""A case leaves the window for other systems."""

from __future__ import annotations

from pathlib import Path

import hl7
import pydicom
from pytestqt.qtbot import QtBot

from leukoscope.gui.exporter import Kind
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.widgets.buttons import IconButton
from leukoscope.workflow.outbox import MessageState
from tests.gui.conftest import PATIENCE_MS
from tests.unit.exchange.receivers import mllp_listener, storescp


def states(window: MainWindow) -> list[MessageState]:
    return [one.state for one in window.report.outbox.messages]


def test_a_case_is_written_for_other_systems(judged: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    for kind, name in ((Kind.FHIR, "case.fhir.json"), (Kind.HL7, "case.hl7"), (Kind.DICOM, "case-dicom")):
        with qtbot.waitSignal(judged.exporter.exported, timeout=PATIENCE_MS):
            judged.out.export_to(kind, tmp_path / name)
        assert name in judged.message.text
    assert str(hl7.parse((tmp_path / "case.hl7").read_bytes().decode()).segment("MSH")[9]) == "ORU^R01^ORU_R01"
    assert len(list((tmp_path / "case-dicom").iterdir())) == 5


def test_without_an_address_nothing_is_sent_and_the_way_to_it_is_shown(judged: MainWindow) -> None:
    judged.actions_by_id["send_hl7"].trigger()
    assert "where this goes" in judged.message.text
    assert judged.exporter.running is None


def test_a_case_is_sent_and_the_outbox_shows_how_it_goes(judged: MainWindow, qtbot: QtBot) -> None:
    bench, outbox = judged.bridge.bench, judged.report.outbox
    judged.show_page("report")
    with mllp_listener() as mailbox:
        bench.save_settings(hl7_node="nowhere")
        judged.actions_by_id["send_hl7"].trigger()
        qtbot.waitUntil(lambda: "computer:port" in judged.message.text, timeout=PATIENCE_MS)
        bench.save_settings(hl7_node=f"127.0.0.1:{mailbox.port}")
        with qtbot.waitSignal(judged.exporter.queued, timeout=PATIENCE_MS):
            judged.actions_by_id["send_hl7"].trigger()
        qtbot.waitUntil(lambda: states(judged) == [MessageState.SENT], timeout=PATIENCE_MS)
        port = mailbox.port
        assert len(mailbox.messages) == 1
    assert outbox.isVisibleTo(judged.report)
    qtbot.waitUntil(lambda: outbox.findChildren(IconButton) == [], timeout=PATIENCE_MS)
    with qtbot.waitSignal(judged.exporter.queued, timeout=PATIENCE_MS):
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
        judged.bridge.bench.save_settings(dicom_node=f"ARCHIVE@127.0.0.1:{port}")
        judged.actions_by_id["send_dicom"].trigger()
        qtbot.waitUntil(lambda: states(judged) == [MessageState.SENT], timeout=PATIENCE_MS)
    kinds = sorted(pydicom.dcmread(path).Modality for path in node.iterdir())
    assert kinds == ["DOC", "GM", "GM", "GM", "SR"]
