"""Campaigns side by side, each in a process of its own and in its share of the time; what they say is kept."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.tally import Tally, latest

REPOSITORY = Path(__file__).resolve().parents[2]
GRACE_S = 300.0
"""So much longer than its share a campaign may take: for a first round of all its kinds, and to clean up."""
LAST_WORDS_S = 60.0
LOOK_S = 0.5


@dataclass
class Campaign:
    """One that runs, or ran.

    Parameters
    ----------
    name
        Its module.
    until
        When its share is over, by the monotonic clock.
    program
        Its process, the leader of a group.
    told
        How each kind of fault stands.
    trouble
        Why it could not be run, or not to its end.
    """

    name: str
    until: float
    program: subprocess.Popen[str]
    told: list[Tally] = field(default_factory=list)
    trouble: str = ""
    _lines: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.program.stdout is not None
        for line in self.program.stdout:
            self._lines.put(line)

    def hear(self) -> None:
        """Take in what it has said; a loss, and what else it prints, goes on to the console."""
        while not self._lines.empty():
            line = self._lines.get()
            if not line.startswith("{"):
                print(f"{self.name}: {line.rstrip()}", flush=True)
                continue
            known = {loss for one in self.told for loss in one.losses}
            said = Tally(**json.loads(line))
            self.told = latest([*self.told, said])
            for loss in said.losses:
                if loss not in known:
                    print(f"LOST {said.campaign}, {said.fault}: {loss}", flush=True)

    def finish(self) -> None:
        """Wait for its last words, then end all that it started."""
        with suppress(subprocess.TimeoutExpired):
            self.program.wait(LAST_WORDS_S)
        self.kill()
        self.program.wait()
        self._reader.join(LAST_WORDS_S)
        self.hear()
        if self.program.stdout is not None and not self._reader.is_alive():
            self.program.stdout.close()
        if self.program.returncode != 0 and not self.trouble:
            self.trouble = f"exit {self.program.returncode}"

    def interrupt(self) -> None:
        """As Ctrl-C does: it cleans up and says how far it came."""
        with suppress(ProcessLookupError):
            os.killpg(self.program.pid, signal.SIGINT)

    def kill(self) -> None:
        """It and all it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.program.pid, signal.SIGKILL)


def start(name: str, seconds: float, seed: int) -> Campaign:
    """Begin a campaign."""
    told = json.dumps({"name": name, "seconds": seconds, "seed": seed})
    words = [sys.executable, "-W", "ignore", "-m", "tests.torture.one", told]
    program = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY, start_new_session=True)
    return Campaign(name, time.monotonic() + seconds, program)


def share(name: str, waiting: dict[str, float], running: list[float], left: float, lanes: int) -> float:
    """Seconds for a campaign: of what is left on all lanes and promised to nobody, as much as its weight says.

    Parameters
    ----------
    name, waiting
        The campaign, and the weights of all that have not begun, it among them.
    running
        For how long those that run still may.
    left, lanes
        Until all must end, and how many run at once.
    """
    free = left * lanes - sum(min(max(one, 0.0), left) for one in running)
    return max(min(free * waiting[name] / sum(waiting.values()), left), 0.0)


def run(
    weights: dict[str, float], seconds: float, seed: int, lanes: int, on_end: Callable[[Campaign], None]
) -> list[Campaign]:
    """Run all of them; what one does not use, those behind it get. Ctrl-C ends them, and what they said is kept.

    Parameters
    ----------
    weights
        Name and weight, in the order in which they begin.
    seconds
        For all of them together.
    seed
        Given to each.
    lanes
        How many run at once.
    on_end
        Told each that has ended.
    """
    end = time.monotonic() + seconds
    waiting, running, over = dict(weights), list[Campaign](), list[Campaign]()
    try:
        while waiting or running:
            while waiting and len(running) < lanes:
                now, name = time.monotonic(), next(iter(waiting))
                mine = share(name, waiting, [one.until - now for one in running], end - now, lanes)
                running.append(start(name, mine, seed))
                del waiting[name]
            for one in list(running):
                if _has_ended(one):
                    one.finish()
                    running.remove(one)
                    over.append(one)
                    on_end(one)
    except KeyboardInterrupt:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        for one in running:
            one.interrupt()
        for one in running:
            one.finish()
            one.trouble = "interrupted"
            over.append(one)
        signal.signal(signal.SIGINT, before)
    finally:
        for one in running:
            one.kill()
    return over


def _has_ended(one: Campaign) -> bool:
    """Give it a moment; one that goes on long after its time is asked to end, then ended."""
    with suppress(subprocess.TimeoutExpired):
        one.program.wait(LOOK_S)
    one.hear()
    late = time.monotonic() - one.until - GRACE_S
    if late > 0 and not one.trouble:
        one.trouble = "not finished long after its time"
        one.interrupt()
    elif late > LAST_WORDS_S:
        one.kill()
    return one.program.poll() is not None
