"""One process of the guard: prints times as JSON. ``python -m tests.benchmarks.guard.child GROUP [--slow SHARE]``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace

from leukoscope.workflow.app_dirs import AppDirs
from tests.benchmarks.guard.groups import GROUPS, MODELS
from tests.benchmarks.guard.timing import measure, slowed


def main(arguments: Sequence[str]) -> None:
    """Measure one group; everything else that is said goes to the standard error."""
    parser = argparse.ArgumentParser()
    parser.add_argument("group", choices=GROUPS)
    parser.add_argument("--slow", type=float, default=0.0)
    asked = parser.parse_args(arguments)
    with GROUPS[asked.group](MODELS, AppDirs.of_user().graphs) as group:
        ours = {row.ours for row in group.rows}
        if asked.slow:
            ways = {name: slowed(way, asked.slow) if name in ours else way for name, way in group.ways.items()}
            times = measure(replace(group, ways=ways))
        else:
            times = measure(group)
    print(json.dumps({"rows": [asdict(row) for row in group.rows], "times": times, "facts": group.facts}))


if __name__ == "__main__":
    main(sys.argv[1:])
