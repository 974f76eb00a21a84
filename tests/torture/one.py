"""One campaign in a process of its own: what it has tried so far is told line by line, also when it is interrupted."""

from __future__ import annotations

import importlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress

from tests.torture.tally import Tally, Until, latest

TOLD_EACH_S = 1.0


def snapshots(words: list[str], **environment: str) -> Iterator[Tally]:
    """What a program says that tells tallies as :func:`tell` does; raises RuntimeError when it fails.

    Parameters
    ----------
    words
        The program.
    environment
        What it is told beside what this one was.
    """
    environment = {**os.environ, **environment}
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        program = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert program.stdout is not None
        try:
            for line in program.stdout:
                if line.startswith("{"):
                    yield Tally(**json.loads(line))
            program.wait()
        finally:
            # When this one is interrupted, so is the program, which cleans up.
            with suppress(subprocess.TimeoutExpired):
                program.wait(20)
            program.kill()
            program.wait()
            program.stdout.close()
        if program.returncode != 0:
            errors.seek(0)
            raise RuntimeError(f"exit {program.returncode}: {errors.read().strip()[-3000:]}")


def tell(tallies: Iterator[Tally]) -> None:
    """Say how each kind of fault stands: at most once a second, at once after a loss, and at the end."""
    said: list[Tally] = []
    last, lost = 0.0, 0
    try:
        for one in tallies:
            said = latest([*said, one])
            losses = sum(each.lost for each in said)
            if time.monotonic() - last > TOLD_EACH_S or losses > lost:
                last, lost = time.monotonic(), losses
                _say(said)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    finally:
        _say(said)


def _say(said: list[Tally]) -> None:
    for one in said:
        print(json.dumps(one.told()), flush=True)


if __name__ == "__main__":
    # What runs in the background of a shell is told to leave interrupts alone.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Losses are told by the campaigns; what the program logs on its way to a sentence is not one.
    logging.getLogger().addHandler(logging.NullHandler())
    asked = json.loads(sys.argv[1])
    tell(importlib.import_module(f"tests.torture.{asked['name']}").campaign(Until(asked["seconds"]), asked["seed"]))
