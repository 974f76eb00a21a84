"""The guard of speed: what it calls slower, how it counts a graph's work, and what it writes."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.guard.files import BEGIN, END, into_readme, read_run, table, write_run
from tests.benchmarks.guard.ratios import Better, Measured, Row, Verdict, interval_of_median, of_run, verdict
from tests.benchmarks.guard.run import Run, this_machine
from tests.benchmarks.guard.timing import Group, measure, slowed

FASTER = Row("as fast as the peer", "ours", "peer")
DEARER = Row("in the peer's time", "ours", "peer", Better.LESS)
ROWS = (FASTER, DEARER)


def _times(noise: float, ours: float = 1.0, rounds: int = 30, seed: int = 0) -> dict[str, list[float]]:
    """Times of both ways round by round, in ms; ``noise`` is the standard deviation of their logarithms."""
    rng = np.random.default_rng(seed)
    spread = rng.normal(0.0, noise, (2, rounds))
    return {"ours": [*(10 * ours * np.exp(spread[0]))], "peer": [*(30 * np.exp(spread[1]))]}


def _run(row: Row, noise: float, ours: float = 1.0, first: int = 0) -> Measured:
    return of_run(row, [_times(noise, ours, seed=first + number) for number in range(3)])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.better)
def test_a_slow_down_of_fifteen_percent_is_found_in_usual_noise(row: Row) -> None:
    base = _run(row, 0.03)
    assert verdict(_run(row, 0.03, first=7), base, 0.15) is Verdict.HELD
    assert verdict(_run(row, 0.03, ours=1.15, first=7), base, 0.15) is Verdict.SLOWER
    assert verdict(_run(row, 0.03, ours=0.85, first=7), base, 0.15) is Verdict.FASTER


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.better)
def test_a_run_in_which_a_slow_down_could_hide_is_not_called_good(row: Row) -> None:
    assert verdict(_run(row, 0.6, first=7), _run(row, 0.03), 0.15) is Verdict.TOO_NOISY


def test_a_row_that_the_baseline_does_not_have_is_new() -> None:
    assert verdict(_run(FASTER, 0.03), None, 0.15) is Verdict.NEW


def test_noise_between_processes_counts() -> None:
    """Each process is sure of itself, and they do not agree: the run is not sure."""
    processes = [_times(0.001, ours) for ours in (1.0, 1.1, 1.2)]
    found = of_run(FASTER, processes)
    assert found.low < 2.6
    assert found.high > 2.9


def test_the_interval_of_a_median_holds_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        low, high = interval_of_median(list(rng.exponential(size=21)))
        held += low <= np.log(2) <= high
    assert held / 400 >= 0.93


def test_a_slowed_way_takes_longer_by_that_share_and_answers_the_same() -> None:
    own: list[float] = []

    def way() -> str:
        begun = time.perf_counter()
        np.linalg.svd(np.eye(200))
        own.append(time.perf_counter() - begun)
        return "answer"

    begun = time.perf_counter()
    assert slowed(way, 1.0)() == "answer"
    assert time.perf_counter() - begun >= 2 * own[0]


def test_ways_are_measured_in_turn() -> None:
    calls: list[str] = []
    group = Group({name: lambda name=name: calls.append(name) for name in ("ours", "peer")}, ROWS, seconds=0.0)  # type: ignore[misc]
    times = measure(group)
    assert len(times["ours"]) == len(times["peer"]) >= group.fewest
    assert calls[2:6] == ["ours", "peer", "peer", "ours"]


def test_the_work_of_a_graph_is_counted_from_its_shapes() -> None:
    import openvino as ov
    from openvino import opset13 as ops

    from tests.benchmarks.guard.flops import flops_of

    pixels = ops.parameter([1, 3, 16, 16], np.float32)
    kernels = ops.constant(np.ones((8, 3, 3, 3), np.float32))
    seen = ops.convolution(pixels, kernels, [2, 2], [1, 1], [1, 1], [1, 1])
    each = ops.constant(np.ones((8, 1, 1, 3, 3), np.float32))
    deep = ops.group_convolution(seen, each, [1, 1], [1, 1], [1, 1], [1, 1])
    flat = ops.reshape(deep, ops.constant(np.array([1, 512])), special_zero=False)
    out = ops.matmul(flat, ops.constant(np.ones((5, 512), np.float32)), False, True)
    graph = ov.Model([out], [pixels])
    assert flops_of(graph) == 2 * (8 * 8 * 8 * 27 + 8 * 8 * 8 * 9 + 5 * 512)


def test_a_run_is_read_as_it_was_written_and_has_its_place_in_readme(tmp_path: Path) -> None:
    run = Run(this_machine(), {FASTER.name: _run(FASTER, 0.03), DEARER.name: _run(DEARER, 0.03)})
    write_run(run, tmp_path / "run.json")
    assert read_run(tmp_path / "run.json") == run
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nan older table\n{END}\nafter\n", encoding="utf-8")
    into_readme(run, readme)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "an older table" not in text
    assert "\n".join(table(run)) in text
    into_readme(run, readme)
    assert readme.read_text(encoding="utf-8") == text
