"""Panning a slide: pieces are read off the window's thread, and the window goes on while they are."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Pixels
from leukoscope.sources import decoding
from leukoscope.sources.demo import HEALTHY_BLOOD, demo_field
from leukoscope.sources.slide import Slide
from tests.benchmarks.bench_pan import pan
from tests.gui.conftest import PATIENCE_MS, OpenWindow
from tests.unit.sources.slides.slide_files import write_svs


@pytest.fixture
def view(open_quiet: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> Any:
    """The view of an opened slide, from which nothing was read yet but what shows the whole."""
    monkeypatch.setattr(decoding, "MAX_PIXELS", 4_000_000)
    smear = demo_field(8, 4096, 2200, leukocytes=14, kinds=HEALTHY_BLOOD).pixels
    path = write_svs(tmp_path / "smear.svs", smear, um_per_px=0.1)
    window: Any = open_quiet()
    window.resize(1280, 800)
    window.importing.add_paths((path,))
    sheet = window.slides.sheet
    qtbot.waitUntil(lambda: sheet._stack.currentWidget() is sheet.view, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not sheet.view._tiles._wanted and not sheet.view._tiles._under_way, timeout=PATIENCE_MS)
    return sheet.view


def test_no_piece_is_read_by_the_windows_own_thread(view: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    readers, read = set[int](), Slide.read_region

    def noted(slide: Slide, region: Box, scale: float) -> Pixels:
        readers.add(threading.get_ident())
        return read(slide, region, scale)

    monkeypatch.setattr(Slide, "read_region", noted)
    view.look_at(Box(1500, 800, 900, 600))
    beats = pan(view, 1.0)
    assert readers and threading.get_ident() not in readers
    assert min(beats.there) == 1.0, "what is on its way is seen coarsely"


def test_the_window_goes_on_while_a_drive_takes_its_time(view: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces that never come hold up neither painting nor the mouse."""
    held, read = threading.Event(), Slide.read_region

    def slow(slide: Slide, region: Box, scale: float) -> Pixels:
        held.wait(PATIENCE_MS / 1000)
        return read(slide, region, scale)

    monkeypatch.setattr(Slide, "read_region", slow)
    view.look_at(Box(1500, 800, 900, 600))
    before = view.seen
    try:
        beats = pan(view, 1.0)
        assert view._tiles._under_way, "they are still waited for"
        assert view.seen != before and len(beats.there) >= 10 and min(beats.there) == 1.0
    finally:
        held.set()
