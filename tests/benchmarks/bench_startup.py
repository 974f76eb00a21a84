"""From `leukoscope` typed to a usable window, and what is in that process."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 5


def compiled(home: str) -> dict[str, str]:
    """The environment of a start that keeps compiled modules, as an installed program has them, in a temporary home.

    Where the environment forbids Python to write them, each start would compile the whole program anew.
    """
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**variables, "PYTHONPYCACHEPREFIX": str(Path(home) / "bytecode")}


def start_once(home: str) -> tuple[float, str]:
    """Seconds from start to the window's own word that it is usable, and that word."""
    variables = {
        **compiled(home),
        "LEUKOSCOPE_HOME": home,
        "LEUKOSCOPE_STARTUP_PROBE": "1",
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
    }
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "leukoscope"], stdout=subprocess.PIPE, text=True, env=variables
    ) as process:
        assert process.stdout is not None
        line = next((one for one in process.stdout if one.startswith("usable")), "")
        seconds = time.perf_counter() - begun
        process.wait(timeout=120)
    return seconds, line.strip()


def bare_python(home: str) -> float:
    """Seconds that an interpreter with Qt's widgets imported takes: the floor of any PySide6 program."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import PySide6.QtWidgets"], check=True, env=compiled(home))
    return time.perf_counter() - begun


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as home:
        # The first start compiles the program, and draws and judges the demo case; the disk is warm afterwards.
        start_once(home)
        bare_python(home)
        pairs = [(start_once(home), bare_python(home)) for _ in range(RUNS)]
    seconds = [one[0][0] for one in pairs]
    floors = [one[1] for one in pairs]
    ratios = [a / b for a, b in zip(seconds, floors, strict=True)]
    print(f"load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "")
    print(f"{'':34}{'min':>8}{'median':>8}{'max':>8}")
    for name, values in (
        ("window usable [s]", seconds),
        ("`import PySide6.QtWidgets` [s]", floors),
        ("ratio", ratios),
    ):
        print(f"{name:34}{min(values):8.2f}{statistics.median(values):8.2f}{max(values):8.2f}")


if __name__ == "__main__":
    main()
