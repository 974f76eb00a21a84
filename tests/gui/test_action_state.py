"""The actions are enabled anew once for a key press and once for an answer, and are never behind what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.gui.main_window import MainWindow
from tests.gui.conftest import PATIENCE_MS, OpenWindow
from tests.gui.stored import stored_case

Scope = Callable[[], AbstractContextManager[None]]


class Updates:
    """Counts how often the actions were enabled anew, and how often in each answer of the workbench."""

    def __init__(self, window: MainWindow) -> None:
        self.count = 0
        self.by_answer: list[int] = []
        self._inside: Scope = window.bridge.within
        window.action_state.add(lambda _actions: self._note())
        window.bridge.within = self._answer

    def _note(self) -> None:
        self.count += 1

    @contextmanager
    def _answer(self) -> Iterator[None]:
        before = self.count
        with self._inside():
            yield
        self.by_answer.append(self.count - before)


@pytest.fixture
def window(kept: CaseStore, open_quiet: OpenWindow) -> MainWindow:
    """A window beside a case of three judged cells that is not open yet."""
    stored_case(kept, "A-1", 3)
    return open_quiet()


def open_case(window: MainWindow, qtbot: QtBot) -> None:
    (case,) = window.bridge.bench.cases.search()
    window.commands.open_case(case.id)
    qtbot.waitUntil(lambda: window.review.cell is not None, timeout=PATIENCE_MS)


def test_an_answer_enables_the_actions_once_however_much_it_changes(window: MainWindow, qtbot: QtBot) -> None:
    updates = Updates(window)
    open_case(window, qtbot)
    assert max(updates.by_answer) == 1


def test_a_key_enables_the_actions_once_and_its_answer_at_most_once(window: MainWindow, qtbot: QtBot) -> None:
    open_case(window, qtbot)
    updates = Updates(window)
    for name in ("label_healthy", "next_cell", "show_report", "show_review", "undo"):
        before = updates.count
        window.actions_by_id[name].trigger()
        assert updates.count - before == 1, name
    qtbot.waitUntil(lambda: not window.bridge.unsaved, timeout=PATIENCE_MS)
    assert max(updates.by_answer) <= 1


def test_the_actions_are_never_behind_the_page(window: MainWindow, qtbot: QtBot) -> None:
    open_case(window, qtbot)
    actions = window.actions_by_id
    for _ in range(3):
        actions["show_report"].trigger()
        assert not actions["next_cell"].isEnabled()
        actions["show_review"].trigger()
        assert actions["next_cell"].isEnabled()


def test_within_another_change_only_the_outer_one_counts(window: MainWindow) -> None:
    updates, state = Updates(window), window.action_state
    with state.once():
        for _ in range(3):
            with state.once():
                state.update()
        assert updates.count == 0
    assert updates.count == 1
    with state.once():
        pass
    assert updates.count == 1
