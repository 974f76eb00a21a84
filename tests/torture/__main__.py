"""``python -m tests.torture [--minutes N] [--only NAME ...] [--seed S]``: faults over the real parts, as a table."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
import traceback
from datetime import date

from tests.torture.tally import Tally, Until, table

CAMPAIGNS: dict[str, float] = {
    "power": 1,
    "killed": 16,
    "writes": 10,
    "disk": 6,
    "together": 2,
    "clocks": 1,
    "postgres": 4,
    "planted": 1,
    "engine": 3,
    "behind": 2,
    "window": 3,
    "live": 2,
    "unplug": 1,
    "fuzz": 8,
}
"""Minutes of each in an hour; what one does not use goes to those behind it."""


def main() -> int:
    """Run the campaigns; 1 when anything was lost, 2 when one could not be run."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=sum(CAMPAIGNS.values()), help="for all of it (default: %(default)s)"
    )
    parser.add_argument("--only", nargs="+", choices=list(CAMPAIGNS), default=list(CAMPAIGNS), help="these campaigns")
    parser.add_argument("--seed", type=int, default=date.today().toordinal(), help="default: another one each day")
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    made, broken = run(args.only, args.minutes * 60, args.seed)
    print(table(made))
    for name in broken:
        print(f"NOT RUN {name}: see above")
    if any(one.lost for one in made):
        return 1
    return 2 if broken else 0


def run(names: list[str], seconds: float, seed: int) -> tuple[list[Tally], list[str]]:
    """Run campaigns one after the other, each in its share of the time that is left."""
    made: list[Tally] = []
    broken: list[str] = []
    end = time.monotonic() + seconds
    print(f"seed {seed}, {seconds / 60:.0f} minutes: {', '.join(names)}", flush=True)
    for place, name in enumerate(names):
        share = CAMPAIGNS[name] / sum(CAMPAIGNS[one] for one in names[place:])
        until = Until(max(end - time.monotonic(), 0) * share)
        try:
            for tally in importlib.import_module(f"tests.torture.{name}").campaign(until, seed):
                made.append(tally)
                said = table([tally]).splitlines()
                print("\n".join([said[2], *said[5:]]), flush=True)
        except Exception:  # noqa: BLE001  the other campaigns still tell something
            traceback.print_exc()
            broken.append(name)
    return made, broken


if __name__ == "__main__":
    sys.exit(main())
