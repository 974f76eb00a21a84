"""Campaigns that other tests are: they are called, not copied, and counted by their cases."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from tests.torture.tally import Tally

REPOSITORY = Path(__file__).resolve().parents[2]


def counted(tally: Tally, words: list[str], seconds: float, **environment: str) -> Tally:
    """Run tests by pytest and count each of their cases.

    Parameters
    ----------
    tally
        Is counted on.
    words
        What pytest is told.
    seconds
        Longer it may not take.
    environment
        What the tests are told.
    """
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        report = Path(name) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *words]
        try:
            done = subprocess.run(
                command, cwd=REPOSITORY, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
                timeout=max(seconds, 600.0),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            tally.note = "not finished in its time"
            return tally
        if not report.exists():
            raise RuntimeError(f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        for case in ElementTree.parse(report).iter("testcase"):
            if case.find("skipped") is not None:
                continue
            bad = case.find("failure") if case.find("failure") is not None else case.find("error")
            said = None if bad is None else (bad.get("message") or "failed").strip().splitlines()[0][:300]
            tally.count(None if said is None else f"{case.get('name')}: {said}")
    return tally
