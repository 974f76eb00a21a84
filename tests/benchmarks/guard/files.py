"""A run as JSON and as a table, and the table's place in README."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.guard.ratios import Better, Measured, Verdict
from tests.benchmarks.guard.run import Machine, Run

BASELINE = Path(__file__).resolve().parents[1] / "baseline.json"
README = Path(__file__).resolve().parents[3] / "README.md"
BEGIN, END = "<!-- speed: written by make bench-baseline -->", "<!-- speed: end -->"


def write_run(run: Run, path: Path) -> None:
    """Write a run as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(run), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_run(path: Path) -> Run:
    """Read what :func:`write_run` wrote.

    Raises
    ------
    OSError, ValueError, KeyError, TypeError
        When it is not there or not whole.
    """
    said = json.loads(path.read_text(encoding="utf-8"))
    rows = {name: Measured(**{**one, "better": Better(one["better"])}) for name, one in said["rows"].items()}
    return Run(Machine(**said["machine"]), rows)


def table(run: Run, verdicts: Mapping[str, Verdict] | None = None, base: Run | None = None) -> Iterator[str]:
    """Lines of the table in Markdown; with the baseline and what is said of each row, where these are given."""
    held = verdicts is not None
    last = " baseline | |" if held else " better |"
    yield f"| what, measured in one run | ratio | noise |{last}"
    yield "|---|---|---|---|" + ("---|" if held else "")
    for name, one in run.rows.items():
        line = f"| {name} | {_figure(one.value)} | {_figure(one.low)} to {_figure(one.high)} |"
        if verdicts is not None:
            before = base.rows.get(name) if base is not None else None
            yield line + f" {_figure(before.value) if before else ''} | {verdicts[name]} |"
        else:
            yield line + f" {one.better} |"


def heading(machine: Machine) -> str:
    """The machine in a line."""
    return (
        f"{machine.processor}, {machine.cores} cores, {machine.memory_gb} GB, {machine.system}, "
        f"Python {machine.python}; {machine.commit}, {machine.when}, load {machine.load}"
    )


def into_readme(run: Run, readme: Path = README) -> None:
    """Put the table between its two marks in README.

    Raises
    ------
    ValueError
        When a mark is missing.
    """
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{readme.name} has no place for the table")
    lines = "\n".join(table(run))
    readme.write_text(f"{before}{BEGIN}\n{lines}\n\n{heading(run.machine)}\n{END}{after}", encoding="utf-8")


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
