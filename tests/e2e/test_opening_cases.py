"""Every kind of case, opened by every road, can be worked on at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseState, Signature
from leukoscope.gui.main_window import MainWindow
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_service import CaseService
from leukoscope.workflow.cell_choice import Filter
from leukoscope.workflow.settings import load_settings, save_settings
from tests.gui.conftest import PATIENCE_MS, OpenWindow
from tests.gui.stored import broken_image, stored_case, stored_image

IMAGE = ("zoom_in", "zoom_fit", "toggle_boxes", "add_cell", "next_image", "remove_image")
CELL = ("zoom_cell", "remove_cell", "label_healthy", "next_cell")


def _empty(store: CaseStore, number: str) -> int:
    return stored_case(store, number)


def _one(store: CaseStore, number: str) -> int:
    return stored_case(store, number, 1)


def _many(store: CaseStore, number: str) -> int:
    return stored_case(store, number, 3, 0, 2, 4)


def _no_cells(store: CaseStore, number: str) -> int:
    return stored_case(store, number, 0, 0)


def _first_without_cells(store: CaseStore, number: str) -> int:
    return stored_case(store, number, 0, 2)


def _signed(store: CaseStore, number: str) -> int:
    case_id = stored_case(store, number, 2, 1)
    signature = Signature("Dr. Ana", "Reviewed", store.load(case_id).changed_at)
    store.signing.sign(case_id, signature, b"%PDF-1.7 kept", store.load(case_id).version)
    return case_id


def _one_removed(store: CaseStore, number: str) -> int:
    case_id = stored_case(store, number, 3, 1)
    store.manual_edits.remove(store.load(case_id).frames[0].cells[0].id, "A. Weber")
    return case_id


def _all_removed(store: CaseStore, number: str) -> int:
    case_id = stored_case(store, number, 2, 1)
    for cell in store.load(case_id).cells:
        store.manual_edits.remove(cell.id, "A. Weber")
    return case_id


def _broken_first(store: CaseStore, number: str) -> int:
    case_id = stored_case(store, number)
    broken_image(store, case_id)
    stored_image(store, case_id, 7, 2)
    return case_id


def _broken_only(store: CaseStore, number: str) -> int:
    case_id = stored_case(store, number)
    broken_image(store, case_id)
    return case_id


Fill = Callable[[CaseStore, str], int]
KINDS: dict[str, Fill] = {
    "empty": _empty,
    "one": _one,
    "many": _many,
    "no cells": _no_cells,
    "first without cells": _first_without_cells,
    "signed": _signed,
    "one removed": _one_removed,
    "all removed": _all_removed,
    "broken first": _broken_first,
    "broken only": _broken_only,
}
NUMBER, OTHER = "2026-0042", "2026-0001"


def by_worklist(window: MainWindow, case_id: int, qtbot: QtBot) -> None:
    window.show_page("worklist")
    qtbot.waitUntil(lambda: window.worklist.model.row_of(case_id) >= 0, timeout=PATIENCE_MS)
    window.worklist.choose(case_id)
    qtbot.keyClick(window.worklist.table, Qt.Key.Key_Return)


def by_barcode(window: MainWindow, case_id: int, qtbot: QtBot) -> None:
    window.show_page("worklist")
    qtbot.keyClicks(window.worklist.scan, window.bridge.bench.cases.load(case_id).header.number)
    qtbot.keyClick(window.worklist.scan, Qt.Key.Key_Return)


def after_another(window: MainWindow, case_id: int, qtbot: QtBot) -> None:
    (other,) = [one.id for one in window.bridge.bench.cases.search() if one.header.number == OTHER]
    window.commands.open_case(other)
    qtbot.waitUntil(lambda: window.case.id == other and window.review.canvas.has_image, timeout=PATIENCE_MS)
    by_worklist(window, case_id, qtbot)


def read_again(window: MainWindow, case_id: int, qtbot: QtBot) -> None:
    by_worklist(window, case_id, qtbot)
    qtbot.waitUntil(lambda: window.case.id == case_id, timeout=PATIENCE_MS)
    window.case.open(case_id)
    qtbot.waitUntil(lambda: window.case._coming == 0, timeout=PATIENCE_MS)


ROADS = {"worklist": by_worklist, "barcode": by_barcode, "after another": after_another, "read again": read_again}


def can_be_worked_on(window: MainWindow, case_id: int, qtbot: QtBot) -> None:
    """What the case holds is shown, and its actions do what they say, without a click before."""
    qtbot.waitUntil(lambda: window.case.id == case_id, timeout=PATIENCE_MS)
    window.show_page("review")
    review, actions, frames = window.review, window.actions_by_id, window.case.frames
    if not frames:
        assert review.frame is None and not review.canvas.has_image and not actions["zoom_in"].isEnabled()
        assert review.empty.isVisible()
        return
    assert review.frame is not None, f"an image of {window.windowTitle()} is shown"
    cells = [cell for frame in frames for cell in frame.cells]
    sealed = window.case.case is not None and window.case.case.state is CaseState.SIGNED
    if cells:
        assert review.cell is not None and review.cell.frame_id == review.frame.id
        for name in CELL:
            assert actions[name].isEnabled() or (sealed and name == "label_healthy"), name
    for name in IMAGE:
        assert actions[name].isEnabled() or (sealed and name in {"remove_image", "add_cell"}), name
    if review.frame.width:
        qtbot.waitUntil(lambda: review.canvas.has_image, timeout=PATIENCE_MS)
        assert {box.id for box in review.canvas.boxes} == {cell.id for cell in review.frame.cells}
        before = review.canvas.zoom
        actions["zoom_in"].trigger()
        assert review.canvas.zoom > before
        if not sealed:
            actions["add_cell"].trigger()
            assert window.cell_editing.box_tool.on
            window.cell_editing.leave()
    else:
        assert review.shown_image.broken.isVisible()
    ids = [frame.id for frame in frames]
    at = ids.index(review.frame.id)
    actions["next_image"].trigger()
    assert review.frame is not None and review.frame.id == ids[min(at + 1, len(ids) - 1)]
    actions["previous_image"].trigger()
    assert review.frame.id == ids[max(min(at + 1, len(ids) - 1) - 1, 0)]
    if cells and not sealed:
        window.review.gallery.choose(cells[0].id, anywhere=True)
        actions["remove_cell"].trigger()
        qtbot.waitUntil(lambda: window.case.cell_count == len(cells) - 1, timeout=PATIENCE_MS)
        assert review.frame is not None


@pytest.fixture
def others(kept: CaseStore) -> int:
    """A case that is open before."""
    return stored_case(kept, OTHER, 2)


@pytest.mark.parametrize("road", ROADS)
def test_every_kind_of_case_can_be_worked_on_at_once(
    others: int, kept: CaseStore, open_quiet: OpenWindow, road: str, qtbot: QtBot
) -> None:
    cases = {kind: fill(kept, f"{NUMBER}-{place}") for place, (kind, fill) in enumerate(KINDS.items())}
    window = open_quiet()
    for case_id in cases.values():
        ROADS[road](window, case_id, qtbot)
        can_be_worked_on(window, case_id, qtbot)
    assert others not in cases.values()


@pytest.mark.parametrize("kind", ["many", "all removed", "broken first"])
def test_the_case_of_the_last_time_can_be_worked_on_at_once(
    quiet_home: AppDirs, kept: CaseStore, open_quiet: OpenWindow, kind: str, qtbot: QtBot
) -> None:
    from dataclasses import replace

    case_id = KINDS[kind](kept, NUMBER)
    settings = load_settings(quiet_home.config)
    save_settings(replace(settings, window={"demo": "made", "case": str(case_id)}), quiet_home.config)
    can_be_worked_on(open_quiet(), case_id, qtbot)


def test_the_demo_case_can_be_worked_on_at_once(
    quiet_home: AppDirs, kept: CaseStore, open_quiet: OpenWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    from dataclasses import replace

    case_id = _many(kept, "Demo")
    monkeypatch.setattr(CaseService, "open_demo", lambda _self: case_id)
    save_settings(replace(load_settings(quiet_home.config), window={}), quiet_home.config)
    can_be_worked_on(open_quiet(), case_id, qtbot)


def test_images_judged_at_another_scale_and_back_keep_what_is_looked_at(
    kept: CaseStore, open_quiet: OpenWindow, qtbot: QtBot
) -> None:
    """Another scale puts new images in the place of the former ones; its undo brings those back."""
    case_id = stored_case(kept, NUMBER, 3, 4)
    window = open_quiet()
    by_worklist(window, case_id, qtbot)
    qtbot.waitUntil(lambda: window.case.id == case_id, timeout=PATIENCE_MS)
    formers = window.case.frames
    looked_at = formers[1].cells[2]
    window.review.gallery.choose(looked_at.id)
    qtbot.waitUntil(lambda: window.review.canvas.has_image, timeout=PATIENCE_MS)
    for place, former in enumerate(formers):
        stored_image(kept, case_id, 1000 * case_id + place, 3 + place)
        kept.frames.remove(former.id)
    window.case.open(case_id)
    qtbot.waitUntil(lambda: {one.id for one in window.case.frames}.isdisjoint({one.id for one in formers}))
    cell = window.review.cell
    assert cell is not None and cell.finding.cell.box == looked_at.finding.cell.box
    assert window.review.frame is not None and window.review.frame.sha256 == formers[1].sha256
    for now in window.case.frames:
        kept.frames.remove(now.id)
    for former in formers:
        kept.frames.restore(former.id)
    window.case.open(case_id)
    qtbot.waitUntil(lambda: {one.id for one in window.case.frames} == {one.id for one in formers})
    assert window.review.cell is not None and window.review.cell.id == looked_at.id
    can_be_worked_on(window, case_id, qtbot)


def test_what_the_gallery_leaves_out_does_not_move_the_image(
    kept: CaseStore, open_quiet: OpenWindow, qtbot: QtBot
) -> None:
    case_id = stored_case(kept, NUMBER, 2, 0, 3)
    window = open_quiet()
    by_worklist(window, case_id, qtbot)
    qtbot.waitUntil(lambda: window.case.id == case_id, timeout=PATIENCE_MS)
    window.actions_by_id["next_image"].trigger()
    second = window.review.frame
    assert second is not None and not second.cells and window.review.cell is None
    window.case.open(case_id)
    qtbot.waitUntil(lambda: window.case._coming == 0, timeout=PATIENCE_MS)
    assert window.review.frame is not None and window.review.frame.id == second.id
    gallery = window.review.gallery
    gallery.model.show(group=None, sort_by=gallery.model.sort_by, filter_by=Filter.REMOVED)
    window.case.open(case_id)
    qtbot.waitUntil(lambda: window.case._coming == 0, timeout=PATIENCE_MS)
    assert window.review.frame is not None and window.review.frame.id == second.id
