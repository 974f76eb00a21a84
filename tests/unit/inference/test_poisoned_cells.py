"""Cells that cost the engine its process, processes that hang, and memory that is refused: real processes all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from leukoscope.domain.errors import EngineError
from leukoscope.domain.judgements import CellFault, Judgement
from leukoscope.inference.engine import LOOK_AHEAD, Engine
from leukoscope.inference.engine_child import EngineChild
from leukoscope.inference.graph_cache import CHECKSUM_FILE, GRAPH_FILE, graph_folder, is_whole, write_checksums
from leukoscope.inference.heartbeat import Timeouts
from leukoscope.inference.library import BundleLibrary
from leukoscope.inference.messages import Cell
from tests.unit.inference.builders import cell_image
from tests.unit.inference.test_engine import cache, figures, library, process

__all__ = ["cache", "library"]

SHORT = Timeouts(silence=4.0, cell=4.0)


def kill(child: EngineChild) -> None:
    child.process.kill()
    child.process.join()


def stop(child: EngineChild) -> None:
    psutil.Process(child.process.pid).send_signal(signal.SIGSTOP)


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Whichever process is about to be given one of ``seeds`` gets the signal."""
    given = SimpleNamespace(seeds=set(), do=kill, everything=False, sent=[])
    send = EngineChild.send

    known = {cell_image(seed).pixels.tobytes(): seed for seed in range(40)}

    def strike_and_send(child: EngineChild, message: object) -> None:
        if isinstance(message, Cell):
            seed = known.get(message.pixels.tobytes())
            given.sent.append((child.process.pid, seed))
            if given.everything or seed in given.seeds:
                given.do(child)
        send(child, message)  # type: ignore[arg-type]

    monkeypatch.setattr(EngineChild, "send", strike_and_send)
    yield given


def judged(engine: Engine, seeds: range) -> list[Judgement]:
    return list(engine.judge((cell_image(seed) for seed in seeds), maps=False))


def faults(found: list[Judgement]) -> dict[int, CellFault]:
    return {place: one.fault for place, one in enumerate(found) if one.fault is not None}


@pytest.mark.slow
def test_one_poisoned_cell_costs_itself_and_is_named(
    library: BundleLibrary, cache: Path, deadly: SimpleNamespace
) -> None:
    engine = Engine(library.list(), cache)
    try:
        expected = judged(engine, range(14))
        deadly.seeds = {7}
        found = judged(engine, range(14))
    finally:
        engine.close()
    assert faults(found) == {7: CellFault.ENDED}
    for place, (one, other) in enumerate(zip(found, expected, strict=True)):
        assert place == 7 or figures(one.opinions) == figures(other.opinions)
    last = [pid for pid, seed in deadly.sent if seed == 7][-1]
    assert [seed for pid, seed in deadly.sent if pid == last] == [7], "it is blamed where it was alone"


@pytest.mark.heavy
@pytest.mark.slow
@pytest.mark.parametrize("poison", [{0, 1, 2, 3, 4}, {13}])
def test_many_poisoned_cells_end_nothing(
    library: BundleLibrary, cache: Path, deadly: SimpleNamespace, poison: set[int]
) -> None:
    engine = Engine([library.get("hybrid")], cache)
    deadly.seeds = poison
    try:
        found = judged(engine, range(14))
    finally:
        engine.close()
    assert faults(found) == dict.fromkeys(sorted(poison), CellFault.ENDED)
    assert [place for place, one in enumerate(found) if one.is_empty] == sorted(poison)


@pytest.mark.slow
def test_an_engine_that_dies_of_everything_is_said(
    library: BundleLibrary, cache: Path, deadly: SimpleNamespace
) -> None:
    engine = Engine([library.get("hybrid")], cache)
    deadly.everything = True
    try:
        with pytest.raises(EngineError, match="every cell on this computer"):
            judged(engine, range(14))
    finally:
        engine.close()


@pytest.mark.slow
def test_a_poisoned_cell_of_one_call_costs_the_other_calls_nothing(
    library: BundleLibrary, cache: Path, deadly: SimpleNamespace
) -> None:
    engine = Engine([library.get("hybrid")], cache)
    deadly.seeds = {3}
    found: dict[int, list[Judgement]] = {}
    starts = (0, 10, 20)

    def work(start: int) -> None:
        found[start] = judged(engine, range(start, start + 8))

    threads = [threading.Thread(target=work, args=(start,)) for start in starts]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(240)
    finally:
        engine.close()
    assert {start: faults(one) for start, one in found.items()} == {0: {3: CellFault.ENDED}, 10: {}, 20: {}}


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process")
def test_a_stopped_process_is_ended_and_costs_nothing(library: BundleLibrary, cache: Path) -> None:
    engine = Engine([library.get("hybrid")], cache, patience=SHORT)
    try:
        judgements = engine.judge((cell_image(seed) for seed in range(12)), maps=False)
        found = [next(judgements)]
        stopped = process(engine)
        stopped.send_signal(signal.SIGSTOP)
        found += list(judgements)
        assert not stopped.is_running()
    finally:
        engine.close()
    assert [one.is_empty for one in found] == [False] * 12


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process")
def test_a_cell_that_the_engine_does_not_come_back_from_is_named(
    library: BundleLibrary, cache: Path, deadly: SimpleNamespace
) -> None:
    engine = Engine([library.get("hybrid")], cache, patience=SHORT)
    deadly.seeds, deadly.do = {2}, stop
    try:
        found = judged(engine, range(LOOK_AHEAD))
    finally:
        engine.close()
    assert faults(found) == {2: CellFault.HUNG}


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process")
def test_a_process_that_is_stopped_while_it_loads_is_said_in_time(library: BundleLibrary, cache: Path) -> None:
    engine = Engine([library.get("hybrid")], cache, patience=SHORT)
    try:
        engine.start()
        process(engine).send_signal(signal.SIGSTOP)
        with pytest.raises(EngineError, match="stopped unexpectedly"):
            engine.wait_ready(60)
        assert len(judged(engine, range(2))) == 2
    finally:
        engine.close()


LOW_MEMORY = """
import resource, sys
from pathlib import Path
import openvino as ov
from leukoscope.domain.errors import BundleError
from leukoscope.inference import engine_process, runner

core = ov.Core()
core.get_property("CPU", "FULL_DEVICE_NAME")
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + int(sys.argv[3]),) * 2)
engine_process._compile = lambda *_, **__: sys.exit("it was to be compiled anew")

class Voice:
    def send(self, message):
        pass

try:
    engine_process.ready_runner(core, Path(sys.argv[1]), Path(sys.argv[2]), Voice(), None)
except BundleError as error:
    print(error.message)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits the address space")
@pytest.mark.parametrize("left", [0, 3_000_000, 20_000_000])
def test_memory_refused_is_said_and_the_graph_stays(
    library: BundleLibrary, cache: Path, repository: Path, left: int
) -> None:
    bundle = library.get("ensemble")
    result = subprocess.run(
        [sys.executable, "-c", LOW_MEMORY, str(bundle.path), str(cache), str(left)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=repository,
    )
    assert "not enough memory" in result.stdout, result.stdout + result.stderr
    assert is_whole(graph_folder(cache, bundle.manifest))


def test_a_whole_graph_that_cannot_be_used_is_replaced_once_a_better_one_is_there(
    library: BundleLibrary, cache: Path
) -> None:
    bundle = library.get("hybrid")
    graph = graph_folder(cache, bundle.manifest)
    (graph / GRAPH_FILE).write_text("<net/>", encoding="utf-8")
    write_checksums(graph)
    engine = Engine([bundle], cache)
    try:
        assert not judged(engine, range(1))[0].is_empty
    finally:
        engine.close()
    assert is_whole(graph) and (graph / GRAPH_FILE).stat().st_size > 100


def test_a_seal_that_cannot_be_read_for_want_of_handles_says_nothing_of_the_graph(
    library: BundleLibrary, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = graph_folder(cache, library.get("hybrid").manifest)
    read_text: Callable[..., str] = Path.read_text

    def refused(path: Path, *args: object, **kwargs: object) -> str:
        if path.name == CHECKSUM_FILE:
            raise OSError(24, "Too many open files")
        return read_text(path, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(OSError, match="Too many open files"):
        is_whole(graph)
