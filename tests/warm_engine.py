"""One engine process for many windows and workbenches: one that closes hands it on to the next, instead of ending it.

Starting it and loading OpenVINO takes longer than most tests with it. How it is started, lost and ended is tested in
``tests/unit/inference`` and ``test_analyze.py``, by the programs that are killed in ``test_queue.py``, and by the
windows that ``open_window`` and the command line open.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from leukoscope.inference.engine import Engine
from leukoscope.inference.engine_child import EngineChild, EngineState, EngineStateKind

_TICKETS_EACH = 1_000_000
"""An engine numbers its calls from 1: the next one begins higher, so that no late answer is taken for its own."""


class WarmEngine:
    """The process that waits for the next window or workbench.

    Parameters
    ----------
    models
        Folder of the bundles that it holds; engines of others start and end their own.
    """

    def __init__(self, models: Path) -> None:
        self._models = models
        self._kept: tuple[tuple[str, ...], EngineChild] | None = None
        self._handed: set[EngineChild] = set()
        self._first_tickets = itertools.count(_TICKETS_EACH, _TICKETS_EACH)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Let engines take it and give it back."""
        start, end, running = Engine._start_child, Engine._end_child, Engine._running

        def start_child(engine: Engine) -> EngineChild:
            return self._take(engine) or start(engine)

        def end_child(engine: Engine, child: EngineChild) -> None:
            if not self._keep(engine, child):
                end(engine, child)

        def say_ready(engine: Engine) -> EngineChild:
            child = running(engine)
            if child in self._handed:
                self._handed.remove(child)
                count = len(engine.bundles)
                engine._on_state(child, EngineState(EngineStateKind.READY, "Ready.", None, count, count))
            return child

        patch.setattr(Engine, "_start_child", start_child)
        patch.setattr(Engine, "_end_child", end_child)
        patch.setattr(Engine, "_running", say_ready)

    def close(self) -> None:
        """End it."""
        if self._kept is not None:
            self._kept[1].close()
            self._kept = None

    def _holds(self, engine: Engine) -> tuple[str, ...]:
        """What an engine's process holds, if it can be handed on; else nothing."""
        paths = tuple(str(bundle.path) for bundle in engine.bundles)
        ours = engine._profile is None and all(one.startswith(str(self._models)) for one in paths)
        return paths if ours else ()

    def _take(self, engine: Engine) -> EngineChild | None:
        if engine._closed or self._kept is None or self._kept[0] != self._holds(engine):
            return None
        child, self._kept = self._kept[1], None
        if not (child.alive and child.process.is_alive()):
            child.close()
            return None
        child._on_state = engine._on_state
        engine._tickets = itertools.count(next(self._first_tickets))
        engine._living.append(child)
        self._handed.add(child)
        return child

    def _keep(self, engine: Engine, child: EngineChild) -> bool:
        holds = self._holds(engine)
        idle = child.settled.is_set() and child.alive and child.process.is_alive() and not child._waiting
        self._handed.discard(child)
        if not holds or not idle:
            return False
        self.close()
        child._on_state = lambda *_: None
        if child in engine._living:
            engine._living.remove(child)
        self._kept = holds, child
        return True
