"""Two windows on one home: started at once, a restore behind an open window, one killed while the other hands over."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from leukoscope.workflow.app_dirs import HOME_VARIABLE, SHIPPED_VARIABLE
from leukoscope.workflow.opening import open_store
from leukoscope.workflow.settings import load_settings, save_settings
from tests.torture.facts import LostError, finish_erasures, need, need_sound
from tests.torture.home import Root, prepare
from tests.torture.tally import Tally, Until
from tests.torture.writes import lost_in

PATIENCE_S = 180.0
LATEST_S = 6.0
"""So long after the first the second is started, at the most."""
LOOK_S = 0.2


class Windows:
    """Programs with a window on one home."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *words: str) -> subprocess.Popen[str]:
        """One more program."""
        environment = {
            **os.environ, HOME_VARIABLE: str(self.root.home), SHIPPED_VARIABLE: str(self.root.folder / "no-models"),
            "TMPDIR": str(self.root.temp), "QT_QPA_PLATFORM": "offscreen",
        }  # fmt: skip
        environment.pop("XDG_RUNTIME_DIR", None)
        said = (self.root.folder / f"said-{len(self.running)}.txt").open("w+", encoding="utf-8")
        command = [sys.executable, "-W", "ignore", "-m", "leukoscope", *words]
        program = subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT, text=True)
        said.close()
        self.running.append(program)
        return program

    def said(self, program: subprocess.Popen[str]) -> str:
        """What a program printed."""
        return (self.root.folder / f"said-{self.running.index(program)}.txt").read_text(encoding="utf-8").strip()

    def close(self) -> None:
        """As the end of a session does, then as the kernel."""
        for one in self.running:
            if one.poll() is None:
                one.send_signal(signal.SIGTERM)
        for one in self.running:
            with suppress(subprocess.TimeoutExpired):
                one.wait(PATIENCE_S)
            one.kill()
            one.wait()


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """Each kind in turn, as often as time allows."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="tw-") as name:
        template = prepare(Path(name) / "template")
        with template.entered() as home:
            seen = replace(load_settings(home.config), tour_seen=True, window={"demo": "made"})
            save_settings(seen, home.config)
        tallies = {kind: Tally("two windows", kind) for kind in (only or KINDS)}
        turn = 0
        while turn == 0 or not (until.is_over or turn == most):
            for kind, tally in tallies.items():
                if until.is_over and tally.tried:
                    continue
                root = template.copy_to(Path(name) / "one")
                loss = _tried(KINDS[kind], root, rng)
                tally.count(None if loss is None else lost_in(root, f"two windows, {kind}, turn {turn}", loss))
                yield tally
            turn += 1


def _tried(act: Callable[[Windows, random.Random], None], root: Root, rng: random.Random) -> str | None:
    windows = Windows(root)
    try:
        act(windows, rng)
        with root.entered() as home:
            store = open_store(home)
            finish_erasures(store, home)
            need_sound(store)
            store.close()
    except (LostError, subprocess.TimeoutExpired) as lost:
        return str(lost)
    finally:
        windows.close()
    return None


def _at_once(windows: Windows, rng: random.Random) -> None:
    """Three starts with an image each, at about the same moment."""
    files = [_image(windows.root, number) for number in range(3)]
    programs = []
    for file in files:
        programs.append(windows.start("window", str(file)))
        time.sleep(rng.choice((0.0, rng.uniform(0, LATEST_S))))
    _until(lambda: sum(one.poll() is None for one in programs) == 1, "more than one window stays")
    ended = [one for one in programs if one.poll() is not None]
    for one in ended:
        need(one.returncode == 0, f"a start ends with {one.returncode}: {windows.said(one)[-300:]}")
    _until(
        lambda: _sources(windows.root) >= {file.name for file in files}, "an image that was handed over is not taken"
    )
    windows.close()
    need(all(one.returncode == 0 for one in programs), f"the window ends with {[one.returncode for one in programs]}")


def _restored_behind(windows: Windows, rng: random.Random) -> None:
    """A restore while a window is open is refused, with a sentence, and changes nothing; a backup is made."""
    file = _image(windows.root, 1)
    first = windows.start("window", str(file))
    _until(lambda: file.name in _sources(windows.root), "the window does not take an image")
    backup = windows.start("backup", str(windows.root.out / "backup.zip"))
    restore = windows.start("restore", "--yes", str(windows.root.folder / "earlier.zip"))
    for one in (backup, restore):
        one.wait(PATIENCE_S)
    need(backup.returncode == 0, f"no backup beside a window: {windows.said(backup)[-300:]}")
    said = windows.said(restore)
    need(restore.returncode != 0, "a restore behind an open window succeeds")
    need("Traceback" not in said and "open" in said, f"the restore says {said[-300:]!r}")
    need(first.poll() is None, "the window has gone")
    need(file.name in _sources(windows.root), "the window's image has gone")


def _killed_amid(windows: Windows, rng: random.Random) -> None:
    """A window is killed while another start hands over; the next start is a window."""
    windows.start("window", str(_image(windows.root, 1)))
    time.sleep(rng.uniform(0, LATEST_S))
    second = windows.start("window", str(_image(windows.root, 2)))
    time.sleep(rng.uniform(0, LATEST_S))
    windows.running[0].kill()
    time.sleep(rng.uniform(0, 1))
    second.kill()
    file = _image(windows.root, 3)
    third = windows.start("window", str(file))
    _until(lambda: third.poll() is not None or file.name in _sources(windows.root), "the next window takes no image")
    need(third.poll() is None, f"the next window ends with {third.returncode}: {windows.said(third)[-300:]}")


KINDS: dict[str, Callable[[Windows, random.Random], None]] = {
    "started at once": _at_once,
    "restore and backup behind one": _restored_behind,
    "killed amid handing over": _killed_amid,
}


def _image(root: Root, number: int) -> Path:
    path = root.folder / "given" / f"field {number}.png"
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.random.default_rng(number).integers(0, 255, (64, 64, 3), np.uint8)).save(path)
    return path


def _sources(root: Root) -> set[str]:
    """Names of all images that wait or are kept."""
    with root.entered() as home:
        store = open_store(home)
        try:
            cases = [one.id for one in store.list()]
            waiting = [one.source for case in cases for one in store.queue.of_case(case)]
            kept = [frame.source for case in cases for frame in store.load(case).frames]
            return {Path(source).name for source in (*waiting, *kept)}
        finally:
            store.close()


def _until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        need(time.monotonic() < end, what)
        time.sleep(LOOK_S)
