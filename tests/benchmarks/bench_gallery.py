"""How smoothly the gallery scrolls: one step over 10,000 cells against one over 100, in the real widget off-screen."""

from __future__ import annotations

import os
import time

import numpy as np

SMALL, LARGE = 100, 10_000
STEPS, PER_FRAME = 200, 20
WIDTH, HEIGHT = 900, 300


def scroll_times(cells: int) -> tuple[float, float, float, int]:
    """Median and 99th percentile of a scroll step with its painting, time to fill (all in ms), thumbnails made."""
    from PySide6.QtWidgets import QApplication

    from leukoscope.domain.cases import CaseCell, CaseFrame
    from leukoscope.gui.review.gallery import CellGallery
    from leukoscope.gui.review.thumbnails import ThumbnailPixels
    from leukoscope.gui.review.tile_view import TileView
    from tests.gui.builders import case_cell, case_frame

    app = QApplication.instance()
    assert isinstance(app, QApplication)
    made: list[int] = []

    def source(_frame: CaseFrame, cell: CaseCell) -> ThumbnailPixels:
        made.append(cell.id)
        return ThumbnailPixels(np.full((80, 80, 3), cell.id % 255, np.uint8), 300.0)

    frames = [
        case_frame(n, *(case_cell(n * 100 + k, k / PER_FRAME, 0.5, frame_id=n) for k in range(PER_FRAME)))
        for n in range(1, cells // PER_FRAME + 1)
    ]
    gallery = CellGallery()
    gallery.set_source(source)
    gallery.resize(WIDTH, HEIGHT)
    gallery.show()
    began = time.perf_counter()
    gallery.set_frames(frames, lambda _id: None)
    app.processEvents()
    filled = (time.perf_counter() - began) * 1e3
    view = gallery.findChild(TileView)
    assert isinstance(view, TileView)
    bar = view.verticalScrollBar()
    taken = []
    for step in range(STEPS):
        began = time.perf_counter()
        bar.setValue((step * bar.singleStep()) % max(bar.maximum(), 1))
        view.viewport().repaint()
        app.processEvents()
        taken.append((time.perf_counter() - began) * 1e3)
    gallery.thumbnails.stop()
    gallery.deleteLater()
    app.processEvents()
    return float(np.median(taken)), float(np.percentile(taken, 99)), filled, len(made)


def main() -> None:
    """Print both, and their ratio."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from leukoscope.gui import theme

    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([])
    theme.install(app, "dark")
    scroll_times(SMALL)
    print("| cells | scroll step, median ms | 99th percentile ms | filled in ms | thumbnails made |")
    print("|---|---|---|---|---|")
    found = {}
    for cells in (SMALL, LARGE):
        median, worst, filled, made = found[cells] = scroll_times(cells)
        print(f"| {cells:,} | {median:.2f} | {worst:.2f} | {filled:.0f} | {made} |")
    print(f"\n99th percentile, {LARGE:,} cells over {SMALL} cells: {found[LARGE][1] / found[SMALL][1]:.2f}")
    print(f"Median, {LARGE:,} cells over {SMALL} cells: {found[LARGE][0] / found[SMALL][0]:.2f}")


if __name__ == "__main__":
    main()
