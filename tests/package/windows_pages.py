"""The pages of the Windows setup under Wine, driven with keys and mouse: for one, for all, away again, in German.

Pictures of each page lie in ``build/windows-package/pictures`` afterwards. Runs with ``make test-package-windows``.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.package.clean_root import sh, wait_for
from tests.package.windows_setup import CANCELLED, DONE, UNINSTALL, here, links, make_setup, remove
from tests.package.windows_window import WineScreen, wine_screen
from tests.package.wine import registry, wine_root

if TYPE_CHECKING:
    from resources.packaging.wine_root import WineRoot

NUMBER = 95
FOR_ANYONE = (63, 163)
"""Where the choice of everybody lies on the first page, in pixels from the window's corner."""
PATIENCE = 60


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> WineRoot:
    """A fresh Windows."""
    return wine_root(tmp_path_factory.mktemp("Windows") / "prefix")


@pytest.fixture(scope="module")
def setup(root: WineRoot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A setup with two small programs, by the script that packs the real ones."""
    made = make_setup(root, tmp_path_factory.mktemp("pages"), "1.0.0")
    # A Windows that was begun without a screen keeps to itself what it draws.
    root.stop()
    return made


@pytest.fixture(scope="module")
def display(root: WineRoot, setup: Path) -> Iterator[WineScreen]:
    with wine_screen(root, NUMBER) as one:
        yield one
    root.stop()


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables by which Wine takes the person for a German."""
    folder = tmp_path_factory.mktemp("locale")
    sh("localedef", "-i", "de_DE", "-f", "UTF-8", folder / "de_DE.UTF-8", check=False)
    assert (folder / "de_DE.UTF-8").is_dir(), "install the package locales"
    return {"LC_ALL": "de_DE.UTF-8", "LOCPATH": str(folder)}


class Pages:
    """A setup on the screen, and what was photographed of it so far."""

    def __init__(self, display: WineScreen, name: str, title: str) -> None:
        self._display, self._name, self._title, self._count = display, name, title, 0
        wait_for(lambda: display.windows(title), "the setup", PATIENCE)
        self._keep()

    @property
    def window(self) -> str:
        """The one in front."""
        return self._display.windows(self._title)[-1]

    def press(self, *keys: str) -> None:
        """Press keys, and photograph the page that is there then."""
        before = self._seen()
        self._display.tool("key", "--clearmodifiers", *keys)
        wait_for(lambda: self._seen() != before, f"another page after {keys}", PATIENCE)
        self._keep()

    def click(self, place: tuple[int, int]) -> None:
        """Click on the page, and photograph it."""
        before = self._seen()
        self._display.click(self.window, place)
        wait_for(lambda: self._seen() != before, "what was clicked", PATIENCE)
        self._keep()

    def end(self, key: str) -> None:
        """Press the key that ends it."""
        self._display.tool("key", "--clearmodifiers", key)

    def _keep(self) -> None:
        """Photograph the page once it stands still."""
        seen: list[str] = ["", "-"]

        def still() -> bool:
            seen.append(self._seen())
            return seen[-1] == seen[-2]

        wait_for(still, "a page that stands still", PATIENCE)
        self._count += 1
        self._display.photograph(f"setup {self._name} {self._count}")

    def _seen(self) -> str:
        words = self._display.root.command("import", "-window", "root", "rgb:-", **self._display.variables)
        return hashlib.sha256(subprocess.run(words, capture_output=True, check=True).stdout).hexdigest()


@contextmanager
def opened(
    display: WineScreen, setup: Path, code: int, name: str, title: str = "LeukoScope Setup", **variables: str
) -> Iterator[Pages]:
    """The setup on the screen; it ends with a code."""
    with subprocess.Popen(display.root.wine(setup, **display.variables, **variables)) as process:
        try:
            yield Pages(display, name, title)
            assert process.wait(PATIENCE) == code
        finally:
            if process.poll() is None:
                display.photograph(f"setup {name} stuck")
                display.root.stop()


def test_a_person_installs_for_themselves(root: WineRoot, display: WineScreen, setup: Path) -> None:
    with opened(display, setup, DONE, "for one") as pages:
        pages.press("Return")
        pages.press("Return")
        # The program would start with the end of the setup.
        pages.press("space")
        pages.end("Return")
    (entry,) = registry(root, f"HKEY_CURRENT_USER\\{UNINSTALL}")
    place = entry["InstallLocation"]
    assert place.lower().endswith(r"\appdata\local\programs\leukoscope")
    assert (here(root, place) / "leukoscope-window.exe").is_file() and links(root) == ["LeukoScope.lnk"]
    assert remove(root, place, "/CurrentUser") == DONE


def test_an_administrator_installs_for_anyone_in_another_folder(
    root: WineRoot, display: WineScreen, setup: Path
) -> None:
    place = r"C:\Labor von A\LeukoScope"
    with opened(display, setup, DONE, "for anyone") as pages:
        pages.click(FOR_ANYONE)
        pages.press("Return")
        display.type(pages.window, place)
        pages.press("Return")
        pages.press("space")
        pages.end("Return")
    (entry,) = registry(root, f"HKEY_LOCAL_MACHINE\\{UNINSTALL}")
    assert entry["InstallLocation"] == place
    assert (here(root, place) / "_internal" / "Größe 王.txt").is_file()
    assert remove(root, place, "/AllUsers") == DONE


def test_whoever_changes_their_mind_is_asked_once_and_leaves_nothing(
    root: WineRoot, display: WineScreen, setup: Path
) -> None:
    with opened(display, setup, CANCELLED, "cancelled") as pages:
        pages.press("Return")
        pages.press("Escape")
        pages.end("Return")
    assert registry(root, f"HKEY_CURRENT_USER\\{UNINSTALL}") == [{}]
    assert not list(root.drive_c.glob("users/*/AppData/Local/Programs/LeukoScope/leukoscope*"))


def test_it_speaks_the_language_of_the_windows(display: WineScreen, setup: Path, german: dict[str, str]) -> None:
    display.root.stop()
    with opened(display, setup, CANCELLED, "German", "Installation", **german) as pages:
        pages.press("Return")
        pages.press("Escape")
        pages.end("Return")
    display.root.stop()
