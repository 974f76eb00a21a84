"""``python -m leukoscope.gui.screenshots DIR``: the real window with the demo case, as PNG files for the documents."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.system.console import make_output_safe

if TYPE_CHECKING:
    from leukoscope.gui.bridge import Bridge
    from leukoscope.gui.capture.page import CapturePage
    from leukoscope.gui.composition import Composition

WAIT_S = 1800.0
SETTLE_MS = 900
PATIENTS, CELLS_EACH = 4, 8
"""Patients of each class, and white cells in each one's field."""
PERSON = "A. Weber"
DECIDED = 3
"""Unsure cells that a person has already decided."""
PICTURES = (
    ("worklist-dark", "worklist", "dark"),
    ("capture-dark", "live", "dark"),
    ("review-dark", "review", "dark"),
    ("quality-dark", "quality", "dark"),
    ("models-dark", "models", "dark"),
    ("review-light", "review", "light"),
    ("report-light", "report", "light"),
)


def _turn(milliseconds: int) -> None:
    """Let the window live for a while."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _wait(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT_S
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(f"no screenshot: {what} took more than {WAIT_S:.0f} s")
        _turn(50)


def _judge_demo(parts: Composition) -> None:
    """Wait for the demo case, leave the tour, decide some unsure cells, and choose one worth looking at."""
    from leukoscope.domain.findings import Label
    from leukoscope.gui.widgets.tour import Tour

    case, review = parts.session.case, parts.pages.review
    _wait(lambda: bool(case.frames), "the demo case")
    for tour in parts.window.findChildren(Tour):
        tour.leave()
    _wait(lambda: parts.session.bridge.bench.judging.wait_idle(0.01), "judging")
    _turn(SETTLE_MS)
    cells = list(case.cells)
    if not cells:
        raise RuntimeError("no screenshot: no cell was judged; look at the log")
    unsure = [one.id for one in cells if one.needs_person][:DECIDED]
    for number, cell_id in enumerate(unsure):
        parts.controllers.labeling.label(cell_id, Label.LEUKEMIC if number == 0 else Label.HEALTHY)
    _wait(lambda: sum(one.decision is not None for one in case.cells) == len(unsure), "labeling")
    parts.session.messages.hide()
    field = max(case.frames, key=lambda frame: len(frame.cells))
    surest = max(field.cells, key=lambda cell: abs((cell.finding.probability or 0.5) - 0.5)).id
    review.choose_cell(next((cell.id for cell in field.cells if cell.id in unsure), surest))


def _judge_live(live: CapturePage) -> None:
    """Start the demo smear and let its cells be judged."""
    live.start("demo:1")
    _wait(lambda: live.canvas.has_image, "the camera")
    live.panel.judge.setChecked(True)
    _wait(lambda: live.judging.field is not None and len(live.judging.field.cells) > 5, "live judgement")
    # Held with its boxes: the smear moves on, and what is new in sight has none yet.
    _wait(lambda: len(live.canvas.boxes) > 5, "boxes over the live picture")
    live.hold(True)


def _teach(parts: Composition, folder: Path) -> None:
    """Teach the program with cells that it has drawn itself, and show what that is worth."""
    from PIL import Image

    from leukoscope.sources.demo import demo_field
    from leukoscope.sources.smear import LYMPHOBLAST, LYMPHOCYTE, MONOCYTE, NEUTROPHIL

    kinds = {"blast": LYMPHOBLAST, "lymphocyte": LYMPHOCYTE, "monocyte": MONOCYTE, "neutrophil": NEUTROPHIL}
    for number, (name, kind) in enumerate(kinds.items()):
        for patient in range(1, PATIENTS + 1):
            file = folder / name / f"patient-{patient}" / "1.png"
            file.parent.mkdir(parents=True)
            seed = 100 * number + patient
            Image.fromarray(demo_field(seed, leukocytes=CELLS_EACH, kinds=(kind,)).pixels).save(file)
    teaching, quality = parts.controllers.teaching, parts.pages.quality
    parts.session.navigation.show("quality")
    teaching.read(folder)
    _wait(lambda: not teaching.is_busy, "reading the labeled cells")
    quality.show_step("teach")
    quality.teach.start.click()
    _wait(lambda: not teaching.is_busy and quality.step == "proof", "teaching")


def _fill_list(bridge: Bridge) -> None:
    """More cases beside the demo case."""
    from leukoscope.domain.cases import CaseHeader

    for number, patient, specimen in (
        ("2026-0412", "Müller, Anna", "Blood"),
        ("2026-0415", "Παπαδόπουλος, Νίκος", "Bone marrow"),
        ("2026-0417", "Doe, Jane", "Blood"),
    ):
        bridge.bench.cases.create(CaseHeader(number, patient, specimen, "May-Grünwald-Giemsa", "A. Weber"))


def _show(parts: Composition, page: str) -> None:
    """Show a page with something on it."""
    parts.session.navigation.show(page)
    if page == "report":
        _wait(lambda: parts.pages.report.pages > 0, "the preview")
    if page == "live":
        _judge_live(parts.pages.capture)
    if page == "quality":
        with tempfile.TemporaryDirectory(prefix="leukoscope-labeled-") as labeled:
            _teach(parts, Path(labeled))


def take(folder: Path) -> tuple[Path, ...]:
    """Write the screenshots into a folder; returns their paths."""
    from PySide6.QtCore import QSize
    from PySide6.QtWidgets import QApplication

    from leukoscope.gui import theme
    from leukoscope.gui.bridge import Bridge
    from leukoscope.gui.compose import compose
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.settings import Settings, save_settings

    folder.mkdir(parents=True, exist_ok=True)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    theme.install(app, "dark")
    home = AppDirs.of_user()
    today = date.today().isoformat()
    named = Settings(
        tour_seen=True, operator=PERSON, person=PERSON, person_day=today, people=(PERSON,), window={"advance": "0"}
    )
    save_settings(named, home.config)
    bridge = Bridge(home)
    parts = compose(bridge)
    window = parts.window
    window.resize(QSize(1440, 900))
    bridge.open()
    window.show()
    written = []
    try:
        _judge_demo(parts)
        _fill_list(bridge)
        for name, page, look in PICTURES:
            theme.appearance().choose(look)
            _show(parts, page)
            _turn(SETTLE_MS)
            path = folder / f"{name}.png"
            window.grab().save(str(path))
            written.append(path)
    finally:
        window.close()
    return tuple(written)


def main(argv: list[str] | None = None) -> int:
    """Take the screenshots in a home of their own."""
    make_output_safe()
    words = sys.argv[1:] if argv is None else argv
    if len(words) != 1:
        print("usage: python -m leukoscope.gui.screenshots DIR", file=sys.stderr)  # noqa: T201 - a command of its own
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    target = Path(words[0]).resolve()
    with tempfile.TemporaryDirectory(prefix="leukoscope-screenshots-") as home:
        os.environ.setdefault("LEUKOSCOPE_HOME", home)
        for path in take(target):
            print(path)  # noqa: T201 - a command of its own
    return 0


if __name__ == "__main__":
    sys.exit(main())
