"""``make bench``: measures every row, writes it beside the table, and holds it against the baseline.

Exit codes: 0 every row is held; 1 a row is slower than the baseline beyond the run's own noise; 3 a row is too noisy to
see a slow-down of 15 % (say so of a quieter machine), or the baseline is of another machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from leukoscope.system.console import make_output_safe
from tests.benchmarks.guard.files import BASELINE, heading, into_readme, read_run, table, write_run
from tests.benchmarks.guard.groups import GROUPS
from tests.benchmarks.guard.ratios import Measured, Verdict, verdict
from tests.benchmarks.guard.run import PROCESSES, Run, measured_run, this_machine

SEEN = 0.15
"""The slow-down that the guard must see in every row."""
SLOWER, CANNOT_SAY = 1, 3


def main(arguments: Sequence[str]) -> int:
    """Run the guard; the exit code."""
    make_output_safe()
    asked = _parser().parse_args(arguments)
    rows: dict[str, Measured] = {}
    machine = this_machine()
    print(heading(machine), flush=True)
    for name, found in measured_run(asked.groups or list(GROUPS), asked.processes, asked.plant):
        rows[name] = found
        print(f"  {found.value:9.2f}  [{found.low:.2f}, {found.high:.2f}]  {name}"
              f"  ({found.ours_ms:.1f} ms, {found.peer_ms:.1f} ms)", flush=True)  # fmt: skip
    run = Run(machine, rows)
    if asked.json:
        write_run(run, asked.json)
    if asked.write_baseline:
        known = read_run(BASELINE).rows if asked.groups and BASELINE.is_file() else {}
        whole = Run(machine, {**known, **rows})
        write_run(whole, BASELINE)
        into_readme(whole)
        return 0
    return _held(run, planted=bool(asked.plant))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.guard", description=__doc__)
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], help="only these groups; all without any")
    parser.add_argument("--json", type=Path, help="write the run here")
    parser.add_argument("--processes", type=int, default=PROCESSES, help="so many measure each group")
    parser.add_argument("--write-baseline", action="store_true", help="make this run the baseline, and README's table")
    parser.add_argument("--plant", type=float, default=0.0, metavar="SHARE",
                        help="slow our ways down by a share, such as 0.15: every row must be found slower")  # fmt: skip
    return parser


def _held(run: Run, *, planted: bool) -> int:
    if not BASELINE.is_file():
        print("There is no baseline; make one on a quiet machine: make bench-baseline")
        return CANNOT_SAY
    base = read_run(BASELINE)
    verdicts = {name: verdict(found, base.rows.get(name), SEEN) for name, found in run.rows.items()}
    print("\n" + "\n".join(table(run, verdicts, base)))
    found = set(verdicts.values())
    if planted:
        missed = [name for name, said in verdicts.items() if said is not Verdict.SLOWER]
        print(f"\nplanted: {len(verdicts) - len(missed)} of {len(verdicts)} rows found slower; missed: {missed}")
        return int(bool(missed))
    if (base.machine.processor, base.machine.cores) != (run.machine.processor, run.machine.cores):
        print(f"\nThe baseline is of another machine ({heading(base.machine)}): nothing is held against it here.")
        return CANNOT_SAY
    if Verdict.SLOWER in found:
        print("\nA row is slower than the baseline beyond the noise of this run: profile it before it lands.")
        return SLOWER
    return CANNOT_SAY if Verdict.TOO_NOISY in found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
