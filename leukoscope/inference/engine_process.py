"""The engine's own process: loads compiled graphs and judges CellImages. Never imports TensorFlow.

It compiles what is not in the cache in a further process, which ends afterwards.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukoscope.domain.errors import BundleError, LeukoScopeError
from leukoscope.domain.findings import Judgement
from leukoscope.inference import compile_process
from leukoscope.inference.graph_cache import discard, graph_folder, is_whole, shipped_graphs
from leukoscope.inference.manifest import read_manifest
from leukoscope.inference.messages import Cell, Compiling, Dropped, Fault, Judged, Loading, Ready
from leukoscope.inference.programs import start_with_tensorflow

if TYPE_CHECKING:
    import openvino as ov

    from leukoscope.inference.runner import Runner

logger = logging.getLogger(__name__)


_ENDED = (
    "The preparing of a model ended unexpectedly. If other programs are open, close them to free memory; then start "
    "this one again."
)
_NOT_STARTED = (
    "The models could not be started. Start the program again; if that does not help, install it anew and send the "
    "fault report of the Help menu to your support."
)
PATIENCE = 0.1
"""Seconds between looks at the parent while a bundle is compiled."""


class ParentGoneError(Exception):
    """Nobody is left to judge for."""


def ready_runner(core: ov.Core, bundle: Path, cache: Path, tell: Connection, inbox: Inbox) -> Runner:
    """Load one bundle; compile it first when its graph came with no program, is not in the cache or is damaged."""
    from leukoscope.inference.runner import load_runner

    manifest = read_manifest(bundle)
    for root in (shipped_graphs(bundle), cache):
        folder = graph_folder(root, manifest)
        if is_whole(folder):
            tell.send(Loading(manifest.name))
            try:
                return load_runner(core, bundle, folder)
            except RuntimeError as error:
                logger.warning("the graph of %s cannot be read and is made anew: %r", manifest.name, error)
                if root is cache:
                    discard(folder)
    tell.send(Compiling(manifest.name))
    _compile(bundle, cache, inbox)
    tell.send(Loading(manifest.name))
    return load_runner(core, bundle, graph_folder(cache, manifest))


def _compile(bundle: Path, cache: Path, inbox: Inbox) -> None:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=compile_process.main, args=(str(bundle), str(cache), sender), name="leukoscope-compile"
    )
    start_with_tensorflow(process)
    sender.close()
    try:
        while not receiver.poll(PATIENCE):
            if inbox.closed:
                process.terminate()
                raise ParentGoneError
        error = receiver.recv()
    except EOFError:
        process.join()
        error = BundleError(_ENDED, f"exit code {process.exitcode}")
    finally:
        process.join()
        receiver.close()
    if error is not None:
        raise error


class Inbox:
    """Reads the parent's messages in a thread, so that a cancel overtakes the cells that wait."""

    def __init__(self, receive: Connection) -> None:
        self._receive = receive
        self._condition = threading.Condition()
        self._cells: list[Cell] = []
        self._dropped: set[int] = set()
        self._closed = False
        threading.Thread(target=self._read, name="engine-inbox", daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                message: Any = self._receive.recv()
            except (EOFError, OSError):
                # The parent has gone, however it went: there is nobody left to judge for.
                message = None
            with self._condition:
                if message is None:
                    self._closed = True
                elif isinstance(message, Dropped):
                    self._dropped.add(message.ticket)
                    self._cells = [cell for cell in self._cells if cell.ticket != message.ticket]
                else:
                    self._cells.append(message)
                self._condition.notify_all()
            if message is None:
                return

    @property
    def closed(self) -> bool:
        """Whether the parent has closed the engine or has gone."""
        return self._closed

    def next_cell(self) -> Cell | None:
        """The next cell that is still wanted; ``None`` when the parent closed."""
        with self._condition:
            while True:
                self._condition.wait_for(lambda: bool(self._cells) or self._closed)
                if self._closed:
                    return None
                cell = self._cells.pop(0)
                if cell.ticket not in self._dropped:
                    return cell


def main(bundles: list[str], cache: str, receive: Connection, send: Connection) -> None:
    """Entry of the process."""
    compile_process.leave_interrupts_to_parent()
    if hasattr(os, "nice"):
        os.nice(5)
    inbox = Inbox(receive)
    try:
        # The parent imports this module too, to name its entry, and stays without OpenVINO.
        import openvino as ov

        core = ov.Core()
        runners = {}
        for bundle in bundles:
            runner = ready_runner(core, Path(bundle), Path(cache), send, inbox)
            runners[runner.manifest.name] = runner
        send.send(Ready())
        while (cell := inbox.next_cell()) is not None:
            send.send(_judge(cell, runners))
    except (BrokenPipeError, ConnectionResetError, ParentGoneError):
        return
    except LeukoScopeError as error:
        send.send(Fault(error))
    except Exception as error:
        logger.exception("engine failed")
        send.send(Fault(BundleError(_NOT_STARTED, repr(error)[:2000])))


def _judge(cell: Cell, runners: dict[str, Runner]) -> Judged:
    try:
        judgement = judge_cell(cell, [runners[name] for name in cell.bundles])
    except Exception as error:  # whatever a cell does, the next one is judged
        logger.exception("a cell could not be judged")
        message = error.message if isinstance(error, LeukoScopeError) else "The cell could not be judged."
        return Judged(cell.ticket, cell.index, Judgement(()), BundleError(message, repr(error)[:2000]))
    return Judged(cell.ticket, cell.index, judgement, None)


def judge_cell(cell: Cell, runners: Sequence[Runner]) -> Judgement:
    """Name a cell, then ask the leukemia models, unless the cell is kept from them (see ``Naming.kept_out``)."""
    namer = next((runner for runner in runners if runner.manifest.kind == "differential"), None)
    naming = None if namer is None else namer.naming(cell.pixels, maps=cell.maps)
    if naming is not None and naming.kept_out:
        return Judgement((), naming)
    asked = [runner for runner in runners if runner.manifest.kind == "network"]
    return Judgement(tuple(runner.opinion(cell.pixels, maps=cell.maps) for runner in asked), naming)
