"""The engine's process is killed, stopped and starved amid its work: a result or a sentence, then it works again."""

from __future__ import annotations

import queue
import random
import resource
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

import psutil

from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.judgements import CellFault
from leukoscope.inference.engine import Engine
from leukoscope.inference.engine_child import EngineChild
from leukoscope.inference.library import BundleLibrary
from leukoscope.inference.messages import Cell, Dropped
from tests.small_models import small_models
from tests.torture.tally import Tally, Until
from tests.unit.inference.builders import cell_image

CELLS = 24
PATIENCE_S = 240.0
ROOM_BYTES = 2_000_000
"""So much more memory the starved engine may take."""


def _kill(process: psutil.Process) -> None:
    process.kill()


def _stop(process: psutil.Process) -> None:
    process.send_signal(signal.SIGSTOP)


def _starve(process: psutil.Process) -> None:
    limit = process.memory_info().vms + ROOM_BYTES
    resource.prlimit(process.pid, resource.RLIMIT_AS, (limit, limit))


FAULTS: dict[str, Callable[[psutil.Process], None]] = {"killed": _kill, "stopped": _stop, "starved": _starve}
POISONED = "poisoned"
"""A cell kills each process that is given it: it alone is left out, and named."""


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """Each fault in turn at a moment drawn by chance, as often as time allows."""
    rng = random.Random(seed)
    bundles, graphs = small_models()
    tallies = {name: Tally("engine", name) for name in (only or (*FAULTS, POISONED))}
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        cache = Path(name) / "graphs"
        shutil.copytree(graphs, cache)
        before = _files(cache)
        engine = Engine(BundleLibrary(bundles, bundles / "none").list(), cache)
        try:
            engine.wait_ready(PATIENCE_S)
            turn = 0
            while turn == 0 or not (until.is_over or turn == most):
                for kind, tally in tallies.items():
                    loss = _poisoned(engine, rng) if kind == POISONED else _harmed(engine, FAULTS[kind], rng)
                    if loss is None and _files(cache) != before:
                        loss = "a good graph is gone"
                    tally.count(loss)
                    yield tally
                turn += 1
        finally:
            engine.close()


def _files(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def _harmed(engine: Engine, harm: Callable[[psutil.Process], None], rng: random.Random) -> str | None:
    """Judge cells and harm the engine meanwhile; what was not as it must be."""
    seeds = [rng.randrange(1000) for _ in range(CELLS)]
    expected = [_figures(one) for one in engine.judge(cell_image(seed) for seed in seeds)]
    assert engine._child is not None
    process = psutil.Process(engine._child.process.pid)
    after = rng.randrange(CELLS // 2)
    answers: queue.Queue[object] = queue.Queue()

    def work() -> None:
        try:
            for judged in engine.judge(cell_image(seed) for seed in seeds):
                answers.put(_figures(judged))
            answers.put(None)
        except BaseException as error:  # noqa: BLE001  carried to the campaign's thread
            answers.put(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    found: list[object] = []
    harmed = False
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if len(found) == after and not harmed:
            harm(process)
            harmed = True
        try:
            answer = answers.get(timeout=max(end - time.monotonic(), 0.1))
        except queue.Empty:
            break
        if answer is None:
            return None if found == expected else "other figures than without the fault"
        if isinstance(answer, LeukoScopeError):
            return _works_again(engine, seeds[0], expected[0]) if answer.message.strip() else "no sentence"
        if isinstance(answer, BaseException):
            return f"{type(answer).__name__}: {answer}"
        found.append(answer)
    process.kill()
    return f"no answer in {PATIENCE_S:.0f} s"


def _poisoned(engine: Engine, rng: random.Random) -> str | None:
    """One to three cells of a batch kill whoever is given them."""
    seeds = rng.sample(range(1000), CELLS)
    expected = [_figures(one) for one in engine.judge(cell_image(seed) for seed in seeds)]
    deadly = set(rng.sample(range(CELLS), rng.choice((1, 1, 2, 3))))
    pixels = {cell_image(seeds[place]).pixels.tobytes() for place in deadly}
    send = EngineChild.send

    def strike_and_send(child: EngineChild, message: Cell | Dropped | None) -> None:
        if isinstance(message, Cell) and message.pixels.tobytes() in pixels:
            child.process.kill()
            child.process.join()
        send(child, message)

    with patch.object(EngineChild, "send", strike_and_send):
        try:
            found = list(engine.judge(cell_image(seed) for seed in seeds))
        except LeukoScopeError as error:
            return f"{len(deadly)} of {CELLS} cells end the batch: {error.message}"
    named = {place for place, one in enumerate(found) if one.fault is CellFault.ENDED}
    if named != deadly:
        return f"cells {sorted(deadly)} were poisoned, {sorted(named)} are named"
    others = [place for place in range(CELLS) if place not in deadly]
    if [_figures(found[place]) for place in others] != [expected[place] for place in others]:
        return "the others have other figures than without the fault"
    return _works_again(engine, seeds[others[0]], expected[others[0]])


def _works_again(engine: Engine, seed: int, expected: object) -> str | None:
    try:
        again = [_figures(one) for one in engine.judge([cell_image(seed)])]
    except LeukoScopeError as error:
        return f"it does not work again: {error.message}"
    return None if again == [expected] else "it judges otherwise afterwards"


def _figures(judged: object) -> object:
    opinions = getattr(judged, "opinions", None)
    return type(judged).__name__ if opinions is None else tuple((one.bundle.name, one.logit) for one in opinions)
