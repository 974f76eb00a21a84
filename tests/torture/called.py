"""Campaigns that other tests are: they are called, not copied, and counted by their cases."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.torture.tally import Tally, Until

REPOSITORY = Path(__file__).resolve().parents[2]
_ENDED = re.compile(r"^(?P<case>tests/\S+::.+?) (?P<how>PASSED|FAILED|ERROR|SKIPPED)\b")
_WHY = re.compile(r"^(?:FAILED|ERROR) (?P<case>tests/\S+::.+?) - (?P<why>.*)")


def counted(tally: Tally, words: list[str], until: Until, **environment: str) -> Iterator[Tally]:
    """Run tests by pytest and count each of their cases, as it ends.

    Parameters
    ----------
    tally
        Is counted on.
    words
        What pytest is told.
    until
        No other case begins afterwards, but for the first.
    environment
        What the tests are told.
    """
    command = [sys.executable, "-m", "pytest", "-v", "--tb=no", "--color=no", "-p", "no:cacheprovider", *words]
    tests = subprocess.Popen(
        command, cwd=REPOSITORY, env={**os.environ, "COLUMNS": "300", **environment}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert tests.stdout is not None
    said, bad = list[str](), dict[str, int]()
    try:
        for line in tests.stdout:
            said.append(line)
            if (why := _WHY.match(line)) and why["case"] in bad:
                tally.losses[bad[why["case"]]] = f"{why['case']}: {why['why'][:300]}"
                yield tally
            if not (ended := _ENDED.match(line)) or ended["how"] == "SKIPPED":
                continue
            if ended["how"] != "PASSED":
                bad[ended["case"]] = len(tally.losses)
            tally.count(None if ended["how"] == "PASSED" else f"{ended['case']} failed")
            yield tally
            if until.is_over and not tally.note:
                tally.note = "as far as time went"
                tests.send_signal(signal.SIGINT)
        tests.wait()
    finally:
        tests.kill()
        tests.wait()
        tests.stdout.close()
    if not tally.tried:
        raise RuntimeError(f"{' '.join(words)}: {''.join(said)[-3000:]}")
    yield tally
