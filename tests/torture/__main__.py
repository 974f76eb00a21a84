"""``python -m tests.torture [--minutes N] [--only NAME ...] [--seed S]``: faults over the real parts, as a table."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from datetime import date
from pathlib import Path

from tests.torture.lanes import Campaign, run
from tests.torture.tally import table

CAMPAIGNS: dict[str, float] = {
    "power": 4,
    "behind": 7,
    "unplug": 2,
    "clocks": 3,
    "planted": 3,
    "together": 2,
    "windows": 4,
    "postgres": 6,
    "engine": 6,
    "disk": 10,
    "writes": 12,
    "killed": 16,
    "window": 4,
    "live": 32,
    "images": 6,
    "model_files": 6,
    "readers": 10,
}
"""Minutes of a core that is idle otherwise, of the 120 that two have in an hour, or nearly so.

Those that can go on for long are the last: they get what others leave.
"""

BEGIN, END = "<!-- table: python -m tests.torture --into docs/torture.md -->", "<!-- end of the table -->"


def main() -> int:
    """Run the campaigns; 1 when anything was lost, 2 when one could not be run."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="for all of it (default: %(default)s)")
    parser.add_argument("--only", nargs="+", choices=list(CAMPAIGNS), default=list(CAMPAIGNS), help="these campaigns")
    parser.add_argument("--seed", type=int, default=date.today().toordinal(), help="default: another one each day")
    parser.add_argument("--lanes", type=int, default=min(os.cpu_count() or 1, 2), help="campaigns at once")
    parser.add_argument("--into", type=Path, metavar="FILE", help="put the table between the marks in this document")
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What runs in the background of a shell is told to leave interrupts alone.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    weights = {name: CAMPAIGNS[name] for name in args.only}
    print(f"seed {args.seed}, {args.minutes:g} minutes, {args.lanes} at once: {', '.join(weights)}", flush=True)
    ended = run(weights, args.minutes * 60, args.seed, args.lanes, _tell)
    ended.sort(key=lambda one: list(weights).index(one.name))
    made = table([tally for one in ended for tally in one.told])
    print("\n" + made)
    if args.into is not None:
        said = f"{date.today().isoformat()}, seed {args.seed}, {args.minutes:g} minutes, {args.lanes} at once"
        args.into.write_text(with_table(args.into.read_text(encoding="utf-8"), said, made), encoding="utf-8")
    troubles = [one for one in ended if one.trouble]
    for one in troubles:
        print(f"NOT TO ITS END {one.name}: {one.trouble}")
    missing = [name for name in weights if name not in {one.name for one in ended}]
    if missing:
        print(f"NOT BEGUN {', '.join(missing)}")
    if any(tally.lost for one in ended for tally in one.told):
        return 1
    return 2 if troubles or missing else 0


def with_table(document: str, said: str, made: str) -> str:
    """A document with another table between its marks."""
    before, rest = document.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{said}:\n\n```text\n{made}\n```\n\n{END}{after}"


def _tell(one: Campaign) -> None:
    """What came of a campaign, as soon as it is over."""
    if one.told:
        lines = table(one.told).splitlines()
        rule = lines[1]
        print("\n".join(line for line in lines[2:] if line != rule and not line.startswith("all ")), flush=True)
    if one.trouble:
        print(f"{one.name}: {one.trouble}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
