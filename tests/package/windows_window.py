"""The installed Windows window under Wine, driven with keys from first start to an exported PDF, in both themes.

Pictures lie in ``build/windows-package/pictures`` afterwards. Runs with ``make test-package-windows``.
"""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from tests.package.clean_root import Screen, sh, wait_for
from tests.package.programs import INSTALLED, call, windows_name
from tests.package.wine import installed_root

if TYPE_CHECKING:
    from resources.packaging.wine_root import WineRoot

NUMBER = 96
PICTURES = INSTALLED.parents[3] / "pictures"


@dataclass
class WineScreen(Screen):
    """A screen of 1600 x 1000 whose server and tools are the Debian's with Wine."""

    root: WineRoot

    def tool(self, *words: str | Path, check: bool = True) -> str:
        return sh(*self.root.command("xdotool", *words, **self.variables), check=check).stdout.strip()

    def topmost(self) -> str:
        tree = sh(*self.root.command("xwininfo", "-root", "-tree", **self.variables)).stdout
        return next((line for line in tree.splitlines() if line.strip().startswith("0x") and '"' in line), "")

    def photograph(self, name: str) -> None:
        self.pictures.mkdir(parents=True, exist_ok=True)
        sh(
            *self.root.command("import", "-window", "root", self.pictures / f"{name}.png", **self.variables),
            check=False,
        )


@contextmanager
def wine_screen(root: WineRoot, number: int = NUMBER) -> Iterator[WineScreen]:
    """A screen for programs of that Windows."""
    place = Path("/tmp/.X11-unix")
    place.mkdir(mode=0o1777, exist_ok=True)
    words = root.command("Xvfb", f":{number}", "-screen", "0", "1600x1000x24", "-ac", "-nolisten", "tcp")
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for((place / f"X{number}").exists, "the screen", 60)
            yield WineScreen(number, PICTURES, root)
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def display() -> Iterator[WineScreen]:
    root = installed_root()
    # A Windows that was begun without a screen keeps to itself what it draws.
    root.stop()
    with wine_screen(root) as one:
        yield one
    root.stop()


def ask(database: Path, question: str) -> int:
    """One figure from the case database, read while the program has it open; -1 while there is none."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            row = connection.execute(question).fetchone()
    except sqlite3.OperationalError:
        return -1
    return int(row[0] or 0) if row else 0


def test_a_person_opens_judges_exports_and_quits(display: WineScreen, tmp_path: Path) -> None:
    home, database = tmp_path / "Wohnung 家", tmp_path / "Wohnung 家" / "data" / "cases" / "cases.db"
    variables: dict[str, str | Path] = {"LEUKOSCOPE_HOME": home, **display.variables}
    log = tmp_path / "said.txt"
    with (
        log.open("wb") as said,
        subprocess.Popen(
            **call(INSTALLED, name="leukoscope-window", variables=variables), stdout=said, stderr=subprocess.STDOUT
        ) as first,
    ):
        try:
            wait_for(lambda: display.windows("LeukoScope"), "the window", 300)
            wait_for(lambda: ask(database, "select count(*) from opinions") >= 2, "judging the demo case", 900)
            display.photograph("1 first start")
            main = display.windows("LeukoScope")[-1]
            display.press(main, "Escape", "ctrl+1")
            hand_over(display, variables, tmp_path)
            opened = "select count(*) from frames where origin_path like '%Müller%'"
            wait_for(lambda: ask(database, opened) == 2, "taking what the second start brought", 300)
            judged = (
                "select count(*) from opinions o join cells c on c.id = o.cell_id join frames f on f.id = c.frame_id "
                "where f.origin_path like '%Müller%'"
            )
            wait_for(lambda: ask(database, judged) >= 4, "judging every cell", 600)
            display.photograph("2 judged")
            display.press(main, "ctrl+t")
            display.photograph("3 other theme")
            export(display, tmp_path / "Bericht Jörg.pdf")
            display.press(display.windows("LeukoScope")[-1], "ctrl+q")
            assert first.wait(120) == 0
        finally:
            if first.poll() is None:
                display.photograph("x stuck")
                display.root.stop()
    assert "Traceback" not in log.read_text(encoding="utf-8", errors="replace")
    assert not (home / "logs" / "crash-last.log").exists()


def hand_over(display: WineScreen, variables: dict[str, str | Path], work: Path) -> None:
    """A second start with pictures; the first window takes them."""
    from PIL import Image

    from leukoscope.sources.demo import demo_cells

    folder = work / "Bilder von Müller"
    folder.mkdir()
    names = [folder / f"cell {number}.png" for number in range(2)]
    for name, frame in zip(names, demo_cells(2), strict=True):
        Image.fromarray(frame.pixels).save(name)
    second = subprocess.run(
        **call(INSTALLED, *names, name="leukoscope-window", variables=variables),
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert second.returncode == 0, second.stderr


def export(display: WineScreen, target: Path) -> None:
    """Export the report through the file dialog that Windows shows."""
    display.press(display.windows("LeukoScope")[-1], "ctrl+3", "ctrl+e")
    wait_for(lambda: display.windows("Export PDF"), "the question where to", 120)
    dialog = display.windows("Export PDF")[-1]
    display.photograph("4 where to")
    display.press(dialog, "ctrl+a")
    display.type(dialog, windows_name(target))
    display.press(dialog, "Return")
    wait_for(lambda: target.is_file() and target.stat().st_size > 0, "writing the report", 300)
    assert "not a medical device" in "\n".join(page.extract_text() for page in PdfReader(target).pages)
    display.photograph("5 exported")
