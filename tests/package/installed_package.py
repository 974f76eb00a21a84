"""The Debian package in a clean Debian: installed, driven as a person would, without a network, and removed.

Runs with ``make test-package``; needs root, debootstrap, Xvfb, xdotool.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.package.clean_root import NAP, USER, Screen, clean_root, in_root, screen, sh, wait_for
from tests.package.programs import BUILD, REPOSITORY
from tests.tools import tool

DIST = REPOSITORY / "dist"
LARGEST = {"leukoscope": 450e6, "leukoscope-lite": 200e6}
INSTALL_SECONDS = 60.0
DATABASE = Path("home", USER, ".local", "share", "LeukoScope", "cases", "cases.db")
PLACE = "/opt/leukoscope"
START_CAMERA = (1293, 183)
"""Where the button lies in a window of 1440 x 900, in pixels."""


@pytest.fixture(scope="module", autouse=True)
def rights_and_tools() -> None:
    """Fail at once, with what helps, where a clean Debian cannot be made."""
    assert sys.platform == "linux" and os.geteuid() == 0, "run as root: sudo make test-package"
    for name in ("debootstrap", "Xvfb", "xdotool", "xterm"):
        tool(name)


def newest(pattern: str) -> Path:
    found = sorted(DIST.glob(pattern), key=lambda path: path.stat().st_mtime)
    if not found:
        pytest.fail(f"there is no dist/{pattern}; run make package first")
    return found[-1]


@pytest.fixture(scope="module", params=["leukoscope", "leukoscope-lite"])
def edition(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def root(edition: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clean Debian with the package installed by apt, which fetches what it depends on."""
    package = newest(f"{edition}_*.deb")
    with clean_root(tmp_path_factory.mktemp(edition) / "clean") as place:
        shutil.copyfile(package, place / "tmp" / "leukoscope.deb")
        sh("chroot", place, "apt-get", "update")
        wanted = ["apt-get", "install", "-y", "--no-install-recommends"]
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        control = sh("dpkg-deb", "-f", package, "Depends").stdout
        names = [re.sub(r"\(.*?\)", "", part).strip() for part in control.split(",")]
        sh("chroot", place, *wanted, *names, env=quiet)
        begun = time.perf_counter()
        sh("chroot", place, "dpkg", "-i", "/tmp/leukoscope.deb", env=quiet)
        seconds = time.perf_counter() - begun
        print(f"\n{edition}: installed in {seconds:.1f} s, {package.stat().st_size / 1e6:.0f} MB")
        assert seconds < INSTALL_SECONDS
        yield place


@pytest.fixture(scope="module")
def display(root: Path, edition: str) -> Iterator[Screen]:
    with screen(root, 97 if edition == "leukoscope" else 98, BUILD / "pictures" / edition) as one:
        yield one


@pytest.fixture(scope="module")
def pictures(root: Path) -> str:
    """A folder of cells in the clean root, as the person there names it."""
    from PIL import Image

    from leukoscope.sources.demo import demo_cells

    folder = f"home/{USER}/Bilder von Müller 王"
    (root / folder).mkdir()
    for number, frame in enumerate(demo_cells(3)):
        Image.fromarray(frame.pixels).save(root / folder / f"cell {number}.png")
    sh("chroot", root, "chown", "-R", f"{USER}:{USER}", f"/{folder}")
    return f"/{folder}"


def ask(root: Path, question: str) -> int:
    """One figure from the case database, read while the program has it open."""
    try:
        with closing(sqlite3.connect(f"file:{root / DATABASE}?mode=ro", uri=True)) as connection:
            row = connection.execute(question).fetchone()
    except sqlite3.OperationalError:
        return -1
    return int(row[0] or 0) if row else 0


def test_the_installer_is_small_enough(edition: str) -> None:
    for pattern in (f"{edition}_*.deb", f"{edition}-[0-9]*.run"):
        assert newest(pattern).stat().st_size <= LARGEST[edition]


def test_it_is_found_by_the_desktop_and_by_the_shell(root: Path) -> None:
    assert "LeukoScope" in sh(*in_root(root, "leukoscope", "--version")).stdout
    entry = (root / "usr/share/applications/leukoscope.desktop").read_text(encoding="utf-8")
    assert "Exec=leukoscope-window %F" in entry
    assert (root / "usr/bin/leukoscope-window").is_symlink()
    assert (root / "usr/share/icons/hicolor/256x256/apps/leukoscope.png").stat().st_size > 1000
    assert "*.keras" in (root / "usr/share/mime/packages/leukoscope.xml").read_text(encoding="utf-8")


def test_the_self_test_passes_without_rights_and_without_a_network(root: Path) -> None:
    for path in (PLACE, f"{PLACE}/_internal"):
        assert sh(*in_root(root, "test", "-w", path), check=False).returncode != 0
    result = sh("unshare", "--net", *in_root(root, "leukoscope", "self-test"), check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    log = root / f"home/{USER}/.local/state/LeukoScope/log/leukoscope.log"
    assert not log.exists() or not re.search(r"ERROR|socket|network|resolve", log.read_text(encoding="utf-8"))


def usable(root: Path) -> float:
    """Seconds from the start to a usable window, as the window itself says."""
    variables = {"LEUKOSCOPE_STARTUP_PROBE": "1", "QT_QPA_PLATFORM": "offscreen"}
    said = sh(*in_root(root, "leukoscope-window", **variables)).stdout
    return float(said.split()[1])


def test_the_window_starts_fast(root: Path, edition: str) -> None:
    sh("sync")
    Path("/proc/sys/vm/drop_caches").write_text("3\n", encoding="ascii")
    cold, again = usable(root), min(usable(root) for _ in range(3))
    print(f"\n{edition}: cold start {cold:.2f} s, second start {again:.2f} s (load {os.getloadavg()[0]:.1f})")
    assert cold > 0
    assert again > 0


def test_a_person_opens_judges_exports_and_quits(root: Path, display: Screen, pictures: str, edition: str) -> None:
    """In a network of its own without any interface, with the real keys, and a second start while the first runs."""
    begin = ["unshare", "--net", *in_root(root, "leukoscope-window", **display.variables)]
    with subprocess.Popen(begin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as first:
        try:
            wait_for(lambda: display.windows("LeukoScope"), "the window", 60)
            wait_for(lambda: ask(root, "select count(*) from opinions") >= 2, "judging the demo case", 240)
            display.photograph("1 first start")
            main = display.windows("LeukoScope")[-1]
            display.press(main, "Escape", "ctrl+1")
            cover = subprocess.Popen(["xterm", "-geometry", "200x60+0+0"], env={**os.environ, **display.variables})
            wait_for(lambda: "xterm" in display.topmost(), "another window in front", 30)
            _start_again(root, display, pictures)
            wait_for(lambda: "xterm" not in display.topmost(), "the first window in front", 20)
            cover.terminate()
            cover.wait()
            opened = "select count(*) from frames where origin_path like '%Müller%'"
            wait_for(lambda: ask(root, opened) == 3, "judging what was opened", 120)
            judged = (
                "select count(*) from opinions o join cells c on c.id = o.cell_id join frames f on f.id = c.frame_id "
                "where f.origin_path like '%Müller%'"
            )
            wait_for(lambda: ask(root, judged) >= 6, "judging every cell", 120)
            display.photograph("2 judged")
            _label(root, display)
            _capture(root, display)
            _export(root, display)
            display.press(display.windows("LeukoScope")[-1], "ctrl+q")
            assert first.wait(30) == 0
        finally:
            if first.poll() is None:
                display.photograph("x stuck")
                first.kill()
        said = first.stdout.read() if first.stdout else ""
    complaints = [line for line in said.splitlines() if line and "propagateSizeHints" not in line]
    assert complaints == []
    assert not (root / f"home/{USER}/.local/state/LeukoScope/log/crash-last.log").exists()


def _start_again(root: Path, display: Screen, pictures: str) -> None:
    begun = time.perf_counter()
    names = [f"{pictures}/cell {number}.png" for number in range(3)]
    second = sh(*in_root(root, "leukoscope-window", *names, **display.variables), check=False)
    assert second.returncode == 0, second.stderr
    print(f"\nsecond start handed over in {time.perf_counter() - begun:.1f} s")


def _label(root: Path, display: Screen) -> None:
    decided = "select count(*) from decisions where label = 'leukemic'"
    before = ask(root, decided)
    main = display.windows("LeukoScope")[-1]

    def labelled() -> bool:
        display.press(main, "ctrl+3", "Right", "l")
        return ask(root, decided) > before

    wait_for(labelled, "labelling a cell", 60)
    display.photograph("3 labelled")


def _capture(root: Path, display: Screen) -> None:
    """Start the demo smear as camera and take one picture; then go on in the other theme."""
    taken = "select count(*) from frames where origin_kind = 'camera'"
    before, main = ask(root, taken), display.windows("LeukoScope")[-1]
    display.press(main, "ctrl+2")
    display.click(main, START_CAMERA)

    wait_for(lambda: display.windows("LeukoScope"), "the window", 10)
    end = time.monotonic() + 60
    while ask(root, taken) == before:
        assert time.monotonic() < end, "no picture of the camera"
        display.press(main, "Return")
        # One picture at a time: it is in the database when it is judged.
        until = time.monotonic() + 5
        while ask(root, taken) == before and time.monotonic() < until:
            time.sleep(NAP)
    display.photograph("3 captured")
    display.press(main, "ctrl+t", "ctrl+3")


def _export(root: Path, display: Screen) -> None:
    target = f"/home/{USER}/Bericht Jörg 王.pdf"
    display.press(display.windows("LeukoScope")[-1], "ctrl+e")
    wait_for(lambda: display.windows("Export PDF"), "the question where to", 30)
    dialog = display.windows("Export PDF")[-1]
    display.photograph("4 where to")
    display.press(dialog, "ctrl+a")
    display.type(dialog, target)
    display.press(dialog, "Return")
    inside = root / target.lstrip("/")
    wait_for(lambda: inside.is_file() and inside.stat().st_size > 0, "writing the report", 90)
    text = "\n".join(page.extract_text() for page in PdfReader(inside).pages)
    assert "not a medical device" in text
    display.photograph("5 exported")


def test_the_archive_installs_itself_for_a_person_without_rights(root: Path, edition: str) -> None:
    shutil.copyfile(newest(f"{edition}-[0-9]*.run"), root / "tmp" / "leukoscope.run")
    home = f"/home/{USER}/家 ü"
    (root / home.lstrip("/")).mkdir()
    sh("chroot", root, "chown", f"{USER}:{USER}", home)
    sh(*in_root(root, "sh", "/tmp/leukoscope.run", home=home))
    program = f"{home}/.local/share/leukoscope-program/leukoscope"
    result = sh(*in_root(root, program, "self-test", home=home), check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    sh(*in_root(root, "sh", "/tmp/leukoscope.run", "--uninstall", home=home))
    left = sh(*in_root(root, "find", home, "-iname", "*leukoscope*", "-type", "f", home=home)).stdout.split("\n")
    assert [name for name in left if name and "/log/" not in name and "/cache/" not in name] == []


def test_it_goes_without_a_trace_and_leaves_the_cases(root: Path, edition: str) -> None:
    kept = root / DATABASE.with_name("kept.txt")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("a case", encoding="utf-8")
    sh("chroot", root, "dpkg", "--purge", edition)
    for place in ("opt/leukoscope", "usr/bin/leukoscope", "usr/share/applications/leukoscope.desktop"):
        assert not (root / place).exists()
        assert not (root / place).is_symlink()
    # dpkg takes an empty /opt away too.
    left = sh("find", root / "opt", root / "usr", "-iname", "*leukoscope*", check=False).stdout.split()
    assert left == []
    assert kept.is_file()
