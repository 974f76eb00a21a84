"""The packed program: how large, how long it takes to a usable window. Reads what ``make package`` built."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD, DIST = REPOSITORY / "build" / "package", REPOSITORY / "dist"
WARM_RUNS = 5
LAP = 300_000
"""Additions; about 5 ms."""


def usable(program: Path, home: str) -> float:
    """Seconds from the start of the process to its usable window, as it says itself."""
    variables = {**os.environ, "LEUKOSCOPE_HOME": home, "LEUKOSCOPE_STARTUP_PROBE": "1"}
    variables.setdefault("QT_QPA_PLATFORM", "offscreen")
    said = subprocess.run([str(program)], capture_output=True, text=True, check=True, env=variables).stdout
    return float(said.split()[1])


def slowness() -> float:
    """How many times slower this machine is now, beside all it does, than in its quietest moment of a second."""
    laps = []
    end = time.perf_counter() + 1.0
    while time.perf_counter() < end:
        begun = time.perf_counter()
        sum(range(LAP))
        laps.append(time.perf_counter() - begun)
    return statistics.fmean(laps) / min(laps)


def forget_files() -> bool:
    """Let the system forget what it has read from the disk; only an administrator may, and only on Linux."""
    try:
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("3\n", encoding="ascii")
    except (OSError, AttributeError):
        return False
    return True


def main() -> None:
    """Print the tables."""
    suffix = ".exe" if sys.platform == "win32" else ""
    print(f"{'':10}{'folder MB':>12}{'cold start s':>14}{'second s':>10}{'again, median s':>17}")
    for edition in ("full", "lite"):
        program = BUILD / edition / f"leukoscope-window{suffix}"
        if not program.is_file():
            print(f"{edition:10}not built; run make package")
            continue
        files = {one.stat().st_ino: one.stat().st_size for one in program.parent.rglob("*") if one.is_file()}
        with tempfile.TemporaryDirectory() as home:
            cold = forget_files()
            first = usable(program, home)
            second = usable(program, home)
            again = statistics.median(usable(program, home) for _ in range(WARM_RUNS))
        mark = "" if cold else " (warm disk)"
        print(f"{edition:10}{sum(files.values()) / 1e6:12.0f}{first:14.2f}{second:10.2f}{again:17.2f}{mark}")
    print()
    for path in sorted(DIST.glob("*")):
        print(f"{path.name:60}{path.stat().st_size / 1e6:8.0f} MB")
    load = f"load average {os.getloadavg()[0]:.1f}, " if hasattr(os, "getloadavg") else ""
    print(f"\n{load}the machine is {slowness():.2f} times slower than in its quietest moment")


if __name__ == "__main__":
    main()
