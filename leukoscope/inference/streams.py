"""Several cells judged side by side in one process, while many wait. Uses OpenVINO only; runs in a child process only.

One cell at a time on all cores lets cores wait for each other between the layers of a small network; several cells on
one core each do not. A single cell is quicker on all cores, so streams are only for a queue. They are used where they
give the same bits as the ordinary way on this machine, which is tried before their first cell, and are quicker, which
is measured once for a machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from leukoscope.inference.probes import probe_inputs
from leukoscope.inference.runner import COMPILE_OPTIONS, Runner

if TYPE_CHECKING:
    import openvino as ov

TRIED = 2
"""Inputs whose outputs must be the same in every bit on each stream."""
CELLS = 4
"""Cells of a stream in one measurement: there are more requests than streams, and the last must not count for much."""
ROUNDS = 3
"""Measurements of either way, in turn."""

Answer = TypeVar("Answer")
Runners = Mapping[str, Runner]


@dataclass(frozen=True)
class Gain:
    """What was measured.

    Parameters
    ----------
    cells
        How many cells streams judge in the time in which the ordinary way judges one.
    cores
        How many cores the ordinary way had meanwhile: less than there are where other programs were at work.
    """

    cells: float
    cores: float


class Streams:
    """The same bundles once for each cell that is under way.

    Parameters
    ----------
    sets
        For each stream, the runners by the name of their bundle.
    """

    def __init__(self, sets: Sequence[Runners]) -> None:
        self._sets = tuple(sets)
        self._free = list(range(len(self._sets)))
        self._pool = ThreadPoolExecutor(len(self._sets), thread_name_prefix="stream")

    @property
    def count(self) -> int:
        """How many cells can be under way at once."""
        return len(self._sets)

    def begin(self, work: Callable[[Runners], Answer], then: Callable[[], object]) -> Future[Answer]:
        """Begin a piece of work with the runners of a free stream; ``then`` is called in its thread when it is done.

        Called by one thread only, with less than ``count`` pieces that are not done.
        """
        stream = self._free.pop()

        def done() -> Answer:
            try:
                return work(self._sets[stream])
            finally:
                self._free.append(stream)

        future = self._pool.submit(done)
        future.add_done_callback(lambda _: then())
        return future

    def same_bits(self, ordinary: Runners) -> bool:
        """Whether each stream, while the others work too, gives every output of the ordinary way bit for bit."""
        for number in range(TRIED):
            inputs = {name: _probe(runner, number) for name, runner in ordinary.items()}
            expected = {name: _outputs(runner, inputs[name]) for name, runner in ordinary.items()}
            for outputs in self._pool.map(lambda stream, given=inputs: _all_outputs(stream, given), self._sets):
                if not all(_alike(outputs[name], expected[name]) for name in expected):
                    return False
        return True

    def gain(self, ordinary: Runners) -> Gain:
        """How much quicker streams are than the ordinary way; the median of some rounds."""
        inputs = {name: _probe(runner, 0) for name, runner in ordinary.items()}
        ratios, shares = [], []
        for _ in range(ROUNDS):
            begun, used = time.perf_counter(), time.process_time()
            for _ in range(CELLS * len(self._sets)):
                _all_outputs(ordinary, inputs)
            between = time.perf_counter()
            shares.append((time.process_time() - used) / (between - begun))
            list(self._pool.map(lambda stream: [_all_outputs(stream, inputs) for _ in range(CELLS)], self._sets))
            ratios.append((between - begun) / (time.perf_counter() - between))
        return Gain(median(ratios), median(shares))

    def close(self) -> None:
        """End the threads, after what they are at."""
        self._pool.shutdown()


def make_streams(core: ov.Core, runners: Runners, at_once: int) -> Streams:
    """Compile every bundle a second time, for so many cells at once; one cell more is made ready meanwhile.

    Raises
    ------
    RuntimeError
        When OpenVINO cannot do it, for want of memory first of all.
    """
    options = {**COMPILE_OPTIONS, "PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": str(at_once)}
    compiled = {
        name: core.compile_model(core.read_model(runner.graph), "CPU", options) for name, runner in runners.items()
    }
    return Streams(
        [
            {name: replace(runner, request=compiled[name].create_infer_request()) for name, runner in runners.items()}
            for _ in range(at_once + 1)
        ]
    )


def _probe(runner: Runner, number: int) -> NDArray[np.float32]:
    return probe_inputs(runner.manifest.preprocessing, number + 1)[number][None]


def _outputs(runner: Runner, given: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    runner.request.infer([given], share_inputs=True)
    return {
        port.get_any_name(): np.array(runner.request.get_tensor(port).data) for port in runner.request.model_outputs
    }


def _all_outputs(
    runners: Runners, inputs: Mapping[str, NDArray[np.float32]]
) -> dict[str, dict[str, NDArray[np.float32]]]:
    return {name: _outputs(runner, inputs[name]) for name, runner in runners.items()}


def _alike(found: Mapping[str, NDArray[np.float32]], expected: Mapping[str, NDArray[np.float32]]) -> bool:
    return found.keys() == expected.keys() and all(found[name].tobytes() == expected[name].tobytes() for name in found)
