"""The settings page and the outbox show which lines are in the clear."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from leukoscope.gui.report.outbox_panel import OutboxPanel
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.delivery.message import Channel
from leukoscope.workflow.settings import save_settings

from .conftest import SOMEBODY_HERE, OpenWindow


def test_a_line_of_an_earlier_version_is_shown_and_confirmed_and_the_trail_knows(
    quiet_home: AppDirs, open_quiet: OpenWindow, qtbot: QtBot
) -> None:
    save_settings(replace(SOMEBODY_HERE, hl7_node="lis.hospital:2575"), quiet_home.config)
    window = open_quiet()
    page, bench = window.pages["settings"], window.bridge.bench
    window.show_page("settings")
    line = page.lines["hl7_node"]
    assert line.asked.isVisible()
    assert "earlier version" in line.asked.text()
    assert not page.lines["dicom_node"].isVisible()
    line.choice._buttons["clear"].click()
    assert bench.settings.current.hl7_node == "plain://lis.hospital:2575"
    assert not line.asked.isVisible()
    assert "by choice" in line.said.text()
    line.choice._buttons["encrypted"].click()
    assert page.fields["hl7_node"].text() == "tls://lis.hospital:2575"
    said = [(one.old, one.new) for one in bench.signing.audit() if one.what == "line"]
    assert said[::-1] == [
        ("unconfirmed lis.hospital:2575", "plain lis.hospital:2575"),
        ("plain lis.hospital:2575", "encrypted lis.hospital:2575"),
    ]


def test_an_address_that_is_typed_gets_an_encrypted_line(
    quiet_home: AppDirs, open_quiet: OpenWindow, qtbot: QtBot
) -> None:
    window = open_quiet()
    window.show_page("settings")
    page = window.pages["settings"]
    page.fields["dicom_node"].setText("ARCHIVE@pacs:2762")
    page.fields["dicom_node"].editingFinished.emit()
    assert page.fields["dicom_node"].text() == "tls://ARCHIVE@pacs:2762"
    assert page.lines["dicom_node"].choice.choice == "encrypted"


def test_the_outbox_marks_what_leaves_in_the_clear(quiet_home: AppDirs, open_quiet: OpenWindow) -> None:
    window = open_quiet()
    panel = window.findChild(OutboxPanel)
    assert panel is not None
    window.bridge.bench.settings.save(hl7_node="plain://lis:2575", dicom_node="A@pacs:104")
    assert panel._is_clear(Channel.HL7)
    assert not panel._is_clear(Channel.DICOM)


def test_a_fhir_server_is_set_on_the_page_and_the_trail_knows(open_quiet: OpenWindow) -> None:
    window = open_quiet()
    panel = window.pages["settings"].fhir
    panel.fields["fhir_address"].setText("https://fhir.hospital/r4")
    panel.fields["fhir_address"].editingFinished.emit()
    assert window.bridge.bench.settings.current.fhir_address == "https://fhir.hospital/r4"
    said = [(one.subject, one.new) for one in window.bridge.bench.signing.audit() if one.what == "line"]
    assert said == [("fhir_address", "encrypted fhir.hospital/r4")]


def test_storage_commitment_is_off_until_somebody_turns_it_on_and_hears_where_it_is_told(
    quiet_home: AppDirs, open_quiet: OpenWindow, qtbot: QtBot
) -> None:
    save_settings(replace(SOMEBODY_HERE, dicom_node="plain://ARCHIVE@127.0.0.1:104"), quiet_home.config)
    window = open_quiet()
    panel, bench = window.pages["settings"].commitment, window.bridge.bench
    assert panel.switch.choice == "off"
    panel.switch._buttons["asked"].click()
    assert bench.settings.current.commitment == "asked"
    for address, word in (("0.0.0.0:0", "tls://"), ("127.0.0.1:0", "")):
        panel.fields["commitment_node"].setText(address)
        panel.fields["commitment_node"].editingFinished.emit()
        qtbot.waitUntil(lambda word=word: bool(panel.wrong.text()) == bool(word), timeout=60_000)
        assert word in panel.wrong.text()
    qtbot.waitUntil(lambda: "Hears the archive on 127.0.0.1:" in panel.state.text(), timeout=60_000)
    panel.switch._buttons["off"].click()
    qtbot.waitUntil(lambda: not panel.state.text(), timeout=60_000)
