"""``make bench-all`` or ``python -m tests.benchmarks [NAME...]``: prints every benchmark's table; asserts nothing.

A benchmark is a module ``bench_*.py`` beside this file with a ``main()``. Figures are ratios measured in one run
wherever two things are compared: these machines are shared and noisy.
"""

from __future__ import annotations

import importlib
import platform
import sys
from pathlib import Path

import psutil

from leukoscope.system.console import make_output_safe


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all."""
    make_output_safe()
    found = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    unknown = sorted(set(names) - set(found))
    if unknown:
        sys.exit(f"No benchmark named {', '.join(unknown)}; there are {', '.join(found)}.")
    cores = psutil.cpu_count()
    print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, {cores} cores\n")
    for name in names or found:
        print(f"## {name}\n", flush=True)
        importlib.import_module(f"tests.benchmarks.bench_{name}").main()
        print(flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
