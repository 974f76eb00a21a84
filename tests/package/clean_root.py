"""A Debian with nothing in it but what the package asks for, and a screen to start the program on."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.package.programs import BUILD

USER = "tech"
NAP = 0.2


def sh(*words: str | Path, check: bool = True, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it says."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done


def wait_for(done: Callable[[], object], what: str, seconds: float = 120.0) -> None:
    """Look again and again until it is so; fail when it takes too long."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"{what} took more than {seconds:.0f} s"
        time.sleep(NAP)


def bare_debian() -> Path:
    """A minimal Debian of this machine's release; made once and kept."""
    folder = Path(os.environ.get("LEUKOSCOPE_CLEAN_ROOT", BUILD / "clean-root"))
    if not (folder / "ready").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        release = sh("sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME").stdout.strip()
        mirror = sh("sh", "-c", "apt-get indextargets --format '$(REPO_URI)' | head -1").stdout.strip()
        sh("debootstrap", "--variant=minbase", "--include=xz-utils", release, folder, mirror)
        (folder / "ready").touch()
    return folder


@contextmanager
def clean_root(work: Path) -> Iterator[Path]:
    """A throw-away copy of the bare Debian with /proc and /dev, and a user without rights."""
    work.mkdir(parents=True, exist_ok=True)
    for name in ("upper", "inner", "root"):
        (work / name).mkdir()
    root = work / "root"
    layers = f"lowerdir={bare_debian()},upperdir={work / 'upper'},workdir={work / 'inner'}"
    sh("mount", "-t", "overlay", "overlay", "-o", layers, root)
    mounted = [root]
    try:
        for kind, place in (("proc", "proc"), ("sysfs", "sys"), ("tmpfs", "tmp"), ("tmpfs", "run")):
            sh("mount", "-t", kind, kind, root / place)
            mounted.append(root / place)
        sh("mount", "--bind", "/dev", root / "dev")
        mounted.append(root / "dev")
        sh("chmod", "1777", root / "tmp")
        (root / "tmp" / ".X11-unix").mkdir(mode=0o1777)
        shutil.copyfile("/etc/resolv.conf", root / "etc" / "resolv.conf")
        sh("chroot", root, "useradd", "--create-home", USER)
        yield root
    finally:
        for place in reversed(mounted):
            sh("umount", "--lazy", place, check=False)


def in_root(root: Path, *words: str | Path, home: str = f"/home/{USER}", **variables: str) -> list[str]:
    """The command that runs words as the user in the clean root, with hardly any variables."""
    names = {"HOME": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "USER": USER, **variables}
    inner = ["chroot", f"--userspec={USER}:{USER}", str(root), "/usr/bin/env", "-i"]
    return [*inner, *(f"{key}={value}" for key, value in names.items()), *map(str, words)]


@dataclass
class Screen:
    """A virtual screen that the clean root sees, and a hand for its keys."""

    number: int
    pictures: Path

    @property
    def variables(self) -> dict[str, str]:
        """What a program needs to find it."""
        return {"DISPLAY": f":{self.number}"}

    def tool(self, *words: str | Path, check: bool = True) -> str:
        """Run xdotool."""
        return sh("xdotool", *words, check=check, env={**os.environ, **self.variables}).stdout.strip()

    def windows(self, title: str) -> list[str]:
        """Windows with a title, as it is shown."""
        return self.tool("search", "--onlyvisible", "--name", title, check=False).split()

    def press(self, window: str, *keys: str) -> None:
        """Press keys in a window."""
        self.tool("windowfocus", "--sync", window)
        for key in keys:
            self.tool("key", "--clearmodifiers", key)

    def type(self, window: str, text: str) -> None:
        """Type into a window."""
        self.tool("windowfocus", "--sync", window)
        # Letters that the keyboard has not are mapped one by one; a busy window misses them when they come faster.
        self.tool("type", "--delay", "60", text)

    def click(self, window: str, place: tuple[int, int]) -> None:
        """Click at a place of a window, in pixels from its corner."""
        self.tool("mousemove", "--sync", "--window", window, *map(str, place), "click", "1")

    def topmost(self) -> str:
        """Title line of the window in front."""
        tree = sh("xwininfo", "-root", "-tree", env={**os.environ, **self.variables}).stdout
        return next((line for line in tree.splitlines() if line.strip().startswith("0x") and '"' in line), "")

    def photograph(self, name: str) -> None:
        """Keep a picture of the screen."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        picture = self.pictures / f"{name}.png"
        sh("import", "-window", "root", picture, env={**os.environ, **self.variables}, check=False)


@contextmanager
def screen(root: Path, number: int, pictures: Path) -> Iterator[Screen]:
    """A screen of 1600 x 1000, its socket in the clean root as well."""
    place = Path("/tmp/.X11-unix")
    place.mkdir(mode=0o1777, exist_ok=True)
    sh("mount", "--bind", place, root / "tmp" / ".X11-unix")
    with subprocess.Popen(
        ["Xvfb", f":{number}", "-screen", "0", "1600x1000x24", "-ac", "-nolisten", "tcp"], stderr=subprocess.DEVNULL
    ) as server:
        try:
            wait_for((place / f"X{number}").exists, "the screen", 20)
            yield Screen(number, pictures)
        finally:
            server.terminate()
            sh("umount", "--lazy", root / "tmp" / ".X11-unix", check=False)
