"""The window shows what a person may do, as the table of acts and roles has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import AccessError
from leukoscope.domain.people import Role, Rules
from leukoscope.gui.actions import SPECS
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.permissions import ACTS
from leukoscope.sources.cameras.reader import Shot
from leukoscope.workflow.permissions import TERMS, Act
from tests.gui.conftest import OpenWindow

PATIENCE_MS = 30_000
PASSWORD = "a short sentence"
NAMES = {Role.TECHNICIAN: "Tess", Role.REVIEWER: "Rene", Role.ADMINISTRATOR: "Adam"}
SHOWS_ONLY = {
    "count", "lock", "quit", "undo", "redo", "next_cell", "previous_cell", "next_unsure", "next_image",
    "previous_image", "show_worklist", "show_live", "show_review", "show_report", "show_models", "show_settings",
    "show_quality", "similar",
    "zoom_in", "zoom_out", "zoom_fit", "zoom_actual", "zoom_cell", "toggle_boxes", "toggle_map", "toggle_contour",
    "swap_evidence", "toggle_grid", "next_map", "previous_map", *(f"map_{one}" for one in range(1, 10)), "full_screen",
    "help", "tour", "save_report", "about", "advance", "cut_out", "adjust_display", "measure", "side_by_side",
    "overview",
}  # fmt: skip
"""What changes nothing that is kept; undo and redo are asked for again where they are done."""


@pytest.fixture
def people(kept: CaseStore) -> CaseStore:
    """A store in which people of every role sign in, with a case."""
    for role, name in NAMES.items():
        kept.people.add(name, role, PASSWORD)
    kept.people.set_rules(Rules(accounts=True))
    kept.create(CaseHeader("1", "Doe"))
    return kept


def sign_in(window: MainWindow, qtbot: QtBot, name: str) -> None:
    sheet = window.operator.sign_in_sheet
    assert sheet.isVisible()
    sheet.name.setText(name)
    sheet.password.setText(PASSWORD)
    sheet.take()
    qtbot.waitUntil(lambda: not sheet.isVisible(), timeout=PATIENCE_MS)


def held(window: MainWindow) -> dict[Act, list[QWidget]]:
    """Parts of the pages that are an act each."""
    settings, models = window.settings, window.models
    return {
        Act.SET_UP: [settings.fields["laboratory"], settings.fields["hl7_node"], settings.fields["backup_folder"]],
        Act.LOOK: [settings.choices["theme"], settings.fields["operator"], settings.objectives],
        Act.PEOPLE: [settings.people, settings.people.add],
        Act.MODELS: [models.add, models.card.remove, models.card.reason.write, models.form.attempt],
        Act.EXPORT_TRAIL: [window.operator.audit_sheet.export],
        Act.ERASE: [window.worklist._erase],
    }


def test_every_action_is_an_act_or_only_shows() -> None:
    assert set(ACTS) | SHOWS_ONLY == {one.id for one in SPECS}
    assert not set(ACTS) & SHOWS_ONLY


@pytest.mark.parametrize("role", list(Role))
def test_everybody_sees_what_they_may_do(people: CaseStore, open_quiet: OpenWindow, qtbot: QtBot, role: Role) -> None:
    window = open_quiet()
    sign_in(window, qtbot, NAMES[role])
    qtbot.waitUntil(lambda: window.worklist.model.rowCount() == 1, timeout=PATIENCE_MS)
    window.worklist.table.selectRow(0)
    window.operator.audit_sheet.show_entries((), people.trail.verify())
    for act, parts in held(window).items():
        for part in parts:
            assert part.isEnabled() == (role in TERMS[act].roles), (act, part)
    window.operator.audit_sheet.leave()
    window.show_page("settings")
    assert window.settings.why_not.isVisible() == (role is not Role.ADMINISTRATOR)
    window.show_page("models")
    assert window.models.why_not.isVisible() == (role is not Role.ADMINISTRATOR)
    assert window.actions_by_id["new_case"].isEnabled()
    for name, act in ACTS.items():
        if role not in TERMS[act].roles:
            assert not window.actions_by_id[name].isEnabled(), name


def test_another_person_sees_another_window(people: CaseStore, open_quiet: OpenWindow, qtbot: QtBot) -> None:
    window = open_quiet()
    sign_in(window, qtbot, "Tess")
    assert not window.settings.fields["laboratory"].isEnabled()
    window.actions_by_id["lock"].trigger()
    sign_in(window, qtbot, "Adam")
    assert window.settings.fields["laboratory"].isEnabled()
    assert window.settings.fields["laboratory"].toolTip() == ""


def test_one_person_alone_may_use_everything(open_quiet: OpenWindow) -> None:
    window = open_quiet()
    for parts in held(window).values():
        for part in parts:
            assert part.isEnabled()
    assert not window.settings.why_not.isVisible()


def test_an_account_that_is_closed_elsewhere_closes_the_window(
    people: CaseStore, open_quiet: OpenWindow, qtbot: QtBot
) -> None:
    window = open_quiet()
    sign_in(window, qtbot, "Tess")
    tess = next(one for one in people.people.list() if one.name == "Tess")
    people.people.change(tess.id, active=False)
    window.commands.new_case()
    qtbot.waitUntil(window.operator.sign_in_sheet.isVisible, timeout=PATIENCE_MS)
    assert not window.centralWidget().isVisible()
    assert len(people.list()) == 1


def test_accounts_that_are_turned_on_elsewhere_close_the_window(
    kept: CaseStore, open_quiet: OpenWindow, qtbot: QtBot
) -> None:
    window = open_quiet()
    kept.people.add("Adam", Role.ADMINISTRATOR, PASSWORD)
    kept.people.set_rules(Rules(accounts=True))
    window.commands.new_case()
    qtbot.waitUntil(window.operator.sign_in_sheet.isVisible, timeout=PATIENCE_MS)
    assert kept.list() == ()
    sign_in(window, qtbot, "Adam")
    window.commands.new_case()
    qtbot.waitUntil(lambda: len(kept.list()) == 1, timeout=PATIENCE_MS)


def test_images_named_at_the_start_wait_for_the_sign_in(
    people: CaseStore, open_quiet: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "cell.png"
    path.write_bytes(b"no image")
    window = open_quiet(path)
    assert window.operator.sign_in_sheet.isVisible()
    assert len(people.list()) == 1
    sign_in(window, qtbot, "Tess")
    qtbot.waitUntil(lambda: len(people.list()) == 2, timeout=PATIENCE_MS)
    assert {one.who for one in people.trail.entries(limit=1)} == {"Tess"}


def test_a_setting_that_is_refused_is_said_and_shown_as_it_is(
    people: CaseStore, open_quiet: OpenWindow, qtbot: QtBot
) -> None:
    """An administrator who was made a technician meanwhile."""
    window = open_quiet()
    sign_in(window, qtbot, "Adam")
    people.people.add("Root", Role.ADMINISTRATOR, PASSWORD)
    adam = next(one for one in people.people.list() if one.name == "Adam")
    people.people.change(adam.id, role=Role.TECHNICIAN)
    field = window.settings.fields["laboratory"]
    field.setText("Elsewhere")
    window.settings.save_fields()
    field.editingFinished.emit()
    assert "administrator" in window.message.text
    assert field.text() == ""
    assert not field.isEnabled()
    assert window.bridge.bench.settings.current.laboratory == ""


def test_pictures_by_the_clock_go_on_behind_the_lock_and_those_by_hand_do_not(
    people: CaseStore, open_quiet: OpenWindow, qtbot: QtBot
) -> None:
    window = open_quiet()
    sign_in(window, qtbot, "Tess")
    (case,) = people.list()
    window.case.open(case.id)
    qtbot.waitUntil(lambda: window.case.case is not None, timeout=PATIENCE_MS)
    live = window.live
    live.panel.auto.setChecked(True)
    pixels = np.zeros((20, 20, 3), np.uint8)
    live._shown, live._pixels, live._camera_id = Shot(pixels, 1, 0.0, None), pixels, "demo"
    window.actions_by_id["lock"].trigger()
    before = people.trail.head().count
    live.take_frame()
    qtbot.waitUntil(lambda: not window.bridge.unsaved, timeout=PATIENCE_MS)
    assert people.queue.of_case(case.id) == ()
    live.automatic.wanted.emit()
    qtbot.waitUntil(lambda: len(people.queue.of_case(case.id)) == 1, timeout=PATIENCE_MS)
    assert people.queue.of_case(case.id)[0].by == "Tess"
    told = [entry.what for entry in people.trail.entries()]
    # Looking at the case is on record; so is that a picture by hand was refused, and that the clock's was accepted.
    assert set(told[: len(told) - before]) <= {"viewed", "rows changed", "act refused", "images accepted"}
    live._shown = None


def test_what_is_asked_for_behind_the_lock_is_answered_when_somebody_has_signed_in(
    people: CaseStore, open_quiet: OpenWindow, qtbot: QtBot
) -> None:
    window = open_quiet()
    sign_in(window, qtbot, "Tess")
    qtbot.waitUntil(lambda: window.worklist.model.rowCount() == 1, timeout=PATIENCE_MS)
    window.actions_by_id["lock"].trigger()
    people.create(CaseHeader("2", "Roe"))
    said: list[str] = []
    window.bridge.failed.connect(said.append)
    for _ in range(3):
        window.worklist.refresh()
    window.case.open(1)
    settled: list[bool] = []
    window.bridge.write(lambda bench: None, lambda _: settled.append(True), failed=said.append)
    qtbot.waitUntil(lambda: bool(settled), timeout=PATIENCE_MS)
    assert window.worklist.model.rowCount() == 1
    assert window.case.case is None
    assert said == []
    assert len(window.bridge._put_off) == 2, "the list once, the case once"
    with pytest.raises(AccessError, match="Sign in first"):
        window.bridge.bench.cases.search()
    sign_in(window, qtbot, "Rene")
    qtbot.waitUntil(lambda: window.worklist.model.rowCount() == 2, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.case.case is not None, timeout=PATIENCE_MS)
    assert not [one for one in people.trail.entries() if one.what == "act refused"]
