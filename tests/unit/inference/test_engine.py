"""The engine with its real process and real compiled models."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from leukoscope.domain.cells import CellImage
from leukoscope.domain.errors import BundleError, CancelledError, EngineError
from leukoscope.domain.findings import Opinion
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.engine import LOOK_AHEAD, Engine, EngineState, EngineStateKind
from leukoscope.inference.graph_cache import GRAPH_FILE, SHIPPED_FOLDER, WEIGHTS_FILE, graph_folder, is_whole
from leukoscope.inference.library import BundleLibrary
from leukoscope.inference.manifest import MODEL_FILE
from tests.unit.inference.builders import cell_image

WAIT = 120.0


@pytest.fixture
def cache(small_graphs: Path, tmp_path: Path) -> Path:
    shutil.copytree(small_graphs, tmp_path / "graphs")
    return tmp_path / "graphs"


@pytest.fixture(scope="module")
def library(small_bundles: Path) -> BundleLibrary:
    return BundleLibrary(small_bundles, small_bundles / "none")


@pytest.fixture(scope="module")
def engine(library: BundleLibrary, small_graphs: Path) -> Iterator[Engine]:
    """One for all tests that do not harm it."""
    one = Engine(library.list(), small_graphs)
    yield one
    one.close()


def process(of: Engine) -> psutil.Process:
    """The running engine's process."""
    assert of._child is not None
    return psutil.Process(of._child.process.pid)


def figures(opinions: tuple[Opinion, ...]) -> list[bytes]:
    return [
        part
        for one in opinions
        for part in (
            np.float64([one.logit, one.probability, one.novelty or 0.0]).tobytes(),
            *(m.values.tobytes() for m in one.maps),
        )
    ]


def test_judges_in_order_with_maps_that_are_not_flat(engine: Engine) -> None:
    images = [cell_image(seed) for seed in range(4)]
    found = [judgement.opinions for judgement in engine.judge(images)]
    assert len(found) == 4
    for opinions in found:
        assert [one.bundle.name for one in opinions] == ["ensemble", "hybrid"]
        for one in opinions:
            assert 0.0 < one.probability < 1.0
            assert one.novelty is not None
            assert len(one.maps) == 2
            assert all(m.values.dtype == np.float32 and m.values.std() > 0 for m in one.maps)
    assert len({opinions[0].logit for opinions in found}) == 4


def test_a_cell_gets_the_same_figures_whatever_it_comes_with(engine: Engine) -> None:
    images = [cell_image(seed) for seed in range(9)]
    together = [figures(judgement.opinions) for judgement in engine.judge(images)]
    backwards = [figures(judgement.opinions) for judgement in engine.judge(images[::-1])][::-1]
    alone = [figures(next(engine.judge([image])).opinions) for image in images]
    assert together == backwards == alone


def test_bundles_and_maps_can_be_chosen(engine: Engine) -> None:
    (judgement,) = engine.judge([cell_image(1)], bundles=["hybrid"], maps=False)
    opinions = judgement.opinions
    assert [one.bundle.name for one in opinions] == ["hybrid"]
    assert opinions[0].maps == ()
    assert opinions[0].logit == next(engine.judge([cell_image(1)])).opinions[1].logit
    with pytest.raises(BundleError, match="nobody"):
        next(engine.judge([cell_image(1)], bundles=["nobody"]))


def test_images_are_pulled_only_a_little_ahead(engine: Engine) -> None:
    pulled = itertools.count()
    last = 0

    def images() -> Iterator[CellImage]:
        nonlocal last
        while True:
            last = next(pulled)
            yield cell_image(last)

    opinions = engine.judge(images(), maps=False)
    for done in range(20):
        next(opinions)
        assert last <= done + LOOK_AHEAD
    opinions.close()
    assert len(list(engine.judge([cell_image(0)]))) == 1


def test_no_images_no_opinions(engine: Engine) -> None:
    assert list(engine.judge([])) == []


def test_several_calls_at_once_do_not_mix(engine: Engine) -> None:
    engine.wait_ready(WAIT)
    expected = {seed: figures(next(engine.judge([cell_image(seed)])).opinions) for seed in range(6)}
    found: dict[int, list[bytes]] = {}

    def work(seeds: range) -> None:
        for seed, judgement in zip(seeds, engine.judge(cell_image(one) for one in seeds), strict=True):
            found[seed] = figures(judgement.opinions)

    threads = [threading.Thread(target=work, args=(range(start, start + 2),)) for start in (0, 2, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert found == expected


def test_a_warm_engine_has_no_tensorflow(engine: Engine) -> None:
    next(engine.judge([cell_image(0)]))
    libraries = [Path(one.path).parts for one in process(engine).memory_maps()]
    packages = {parts[parts.index("site-packages") + 1] for parts in libraries if "site-packages" in parts}
    assert "openvino" in packages
    assert not {"tensorflow", "keras"} & packages
    assert process(engine).children() == []


def test_a_cancel_stops_at_once_and_leaves_the_engine_usable(engine: Engine) -> None:
    cancel = CancelToken()
    opinions = engine.judge((cell_image(seed) for seed in itertools.count()), cancel=cancel)
    next(opinions)
    cancel.cancel()
    with pytest.raises(CancelledError):
        for _ in opinions:
            pass
    assert len(list(engine.judge([cell_image(0)]))) == 1


def test_a_crash_costs_nothing(library: BundleLibrary, cache: Path) -> None:
    states: list[EngineState] = []
    engine = Engine(library.list(), cache, on_state=states.append)
    images = [cell_image(seed) for seed in range(9)]
    try:
        expected = [figures(judgement.opinions) for judgement in engine.judge(images)]
        judgements = engine.judge(images)
        found = [next(judgements)]
        process(engine).kill()
        found += list(judgements)
        assert [figures(judgement.opinions) for judgement in found] == expected
        assert engine.state.kind is EngineStateKind.READY
    finally:
        engine.close()
    kinds = [key for key, _ in itertools.groupby(state.kind for state in states)]
    assert kinds[:4] == [EngineStateKind.STARTING, EngineStateKind.READY, EngineStateKind.FAILED, kinds[0]]
    assert kinds[-1] is EngineStateKind.READY


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process")
def test_close_does_not_wait_for_a_process_that_hangs(library: BundleLibrary, cache: Path) -> None:
    engine = Engine(library.list(), cache)
    engine.wait_ready(WAIT)
    stuck = process(engine)
    stuck.send_signal(signal.SIGSTOP)
    engine.close()
    engine.close()
    assert not stuck.is_running()
    with pytest.raises(EngineError, match="closed"):
        engine.start()


@pytest.mark.parametrize("file", [GRAPH_FILE, WEIGHTS_FILE])
def test_a_damaged_graph_is_made_anew(library: BundleLibrary, cache: Path, file: str) -> None:
    bundle = library.get("hybrid")
    graph = graph_folder(cache, bundle.manifest)
    whole = (graph / file).read_bytes()
    (graph / file).write_bytes(whole[: len(whole) // 2] + b"\0\1" + whole[len(whole) // 2 + 2 :])
    states: list[EngineState] = []
    engine = Engine([bundle], cache, on_state=states.append)
    try:
        assert len(list(engine.judge([cell_image(0)]))) == 1
    finally:
        engine.close()
    assert EngineStateKind.COMPILING in [state.kind for state in states]
    assert is_whole(graph)
    assert sorted(path.name for path in cache.iterdir() if path.suffix == ".part") == []


def test_the_light_edition_judges_with_the_graphs_that_came_with_it(
    small_bundles: Path, cache: Path, tmp_path: Path
) -> None:
    shipped = tmp_path / "models"
    shutil.copytree(small_bundles / "hybrid", shipped / "hybrid", ignore=shutil.ignore_patterns(MODEL_FILE))
    shutil.copytree(cache, shipped / SHIPPED_FOLDER)
    library = BundleLibrary(shipped, tmp_path / "none")
    assert all(check.passed for check in library.verify("hybrid"))
    engine = Engine(library.list(), tmp_path / "empty")
    try:
        assert len(list(engine.judge([cell_image(0)]))) == 1
    finally:
        engine.close()
    assert not (tmp_path / "empty").exists()
    weights = graph_folder(shipped / SHIPPED_FOLDER, library.get("hybrid").manifest) / WEIGHTS_FILE
    weights.write_bytes(weights.read_bytes()[:-1])
    assert not all(check.passed for check in library.verify("hybrid"))


def test_a_damaged_model_is_told_and_leaves_nothing(small_bundles: Path, tmp_path: Path) -> None:
    shutil.copytree(small_bundles / "hybrid", tmp_path / "models" / "hybrid")
    (tmp_path / "models" / "hybrid" / MODEL_FILE).write_bytes(b"PK damaged")
    engine = Engine(BundleLibrary(tmp_path / "models", tmp_path / "none").list(), tmp_path / "graphs")
    try:
        with pytest.raises(BundleError, match="hybrid"):
            engine.wait_ready(WAIT)
        assert engine.state.kind is EngineStateKind.FAILED
    finally:
        engine.close()
    assert not [path for path in (tmp_path / "graphs").iterdir() if path.is_dir()]


SCRIPT = """
import os, sys
from pathlib import Path
from leukoscope.inference.engine import Engine
from leukoscope.inference.library import BundleLibrary
from tests.unit.inference.builders import cell_image

if __name__ == "__main__":
    engine = Engine(BundleLibrary(Path(sys.argv[1]), Path("none")).list(), Path(sys.argv[2]))
    opinions = engine.judge([cell_image(0), cell_image(1)])
    next(opinions)
    import multiprocessing
    heavy = {"tensorflow", "keras", "openvino"} & set(sys.modules)
    print(multiprocessing.active_children()[0].pid, sorted(heavy), flush=True)
    if sys.argv[3] == "die":
        os._exit(1)
"""


@pytest.mark.parametrize("end", ["die", "leave"])
def test_the_process_ends_with_its_parent_however_that_ends(
    small_bundles: Path, cache: Path, tmp_path: Path, repository: Path, end: str
) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, str(script), str(small_bundles), str(cache), end],
        capture_output=True,
        text=True,
        timeout=WAIT,
        check=False,
        env={**os.environ, "PYTHONPATH": str(repository)},
    )
    assert result.returncode == (1 if end == "die" else 0), result.stderr
    pid, heavy = result.stdout.split(maxsplit=1)
    assert heavy.strip() == "[]"
    if psutil.pid_exists(int(pid)):
        psutil.wait_procs([psutil.Process(int(pid))], timeout=30)
    assert not psutil.pid_exists(int(pid)) or psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE
