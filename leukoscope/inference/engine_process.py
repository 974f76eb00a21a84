"""The engine's own process: loads compiled graphs and judges CellImages. Never imports TensorFlow.

It compiles what is not in the cache in a further process, which ends afterwards.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leukoscope.domain.errors import BundleError, LeukoScopeError
from leukoscope.domain.findings import Opinion
from leukoscope.domain.frames import Pixels
from leukoscope.inference import compile_process
from leukoscope.inference.graph_cache import BLOB_FOLDER, GRAPH_FILE, graph_folder, is_whole
from leukoscope.inference.manifest import Manifest, read_manifest
from leukoscope.inference.messages import Cell, Compiling, Dropped, Fault, Judged, Loading, Ready
from leukoscope.inference.opinions import LOGIT, NoveltyReference, load_novelty, opinion_of
from leukoscope.inference.preprocessing import model_input

if TYPE_CHECKING:
    import openvino as ov

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Runner:
    """One bundle, ready to judge."""

    manifest: Manifest
    reference: NoveltyReference | None
    request: ov.InferRequest

    def opinion(self, pixels: Pixels, *, maps: bool) -> Opinion:
        """Judge one CellImage, shape (canvas, canvas, 3) uint8."""
        inputs = model_input(pixels, self.manifest.preprocessing)
        self.request.infer([inputs[None]], share_inputs=True)
        outputs = {}
        for port in self.request.model_outputs:
            name = port.get_any_name()
            if maps or not name.startswith("map:"):
                outputs[name] = np.array(self.request.get_tensor(port).data)
        if not np.isfinite(outputs[LOGIT]).all():
            raise BundleError(f"The model “{self.manifest.name}” gave no number for a cell; verify its files.")
        return opinion_of(outputs, self.manifest, self.reference)


def load_runner(core: ov.Core, bundle: Path, cache: Path, tell: Connection) -> Runner:
    """Load one bundle's graph; compile it first when it is not in the cache or does not load."""
    manifest = read_manifest(bundle)
    folder = graph_folder(cache, manifest)
    if not is_whole(folder):
        tell.send(Compiling(manifest.name))
        _compile(bundle, cache)
    tell.send(Loading(manifest.name))
    options = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1"}
    try:
        compiled = core.compile_model(core.read_model(folder / GRAPH_FILE), "CPU", options)
    except RuntimeError as error:
        message = f"The prepared model “{manifest.name}” cannot be read; delete the cache folder and start again."
        raise BundleError(message, repr(error)[:2000]) from error
    return Runner(manifest, load_novelty(bundle, manifest), compiled.create_infer_request())


def _compile(bundle: Path, cache: Path) -> None:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=compile_process.main, args=(str(bundle), str(cache), sender), name="leukoscope-compile"
    )
    process.start()
    sender.close()
    try:
        error = receiver.recv()
    except EOFError:
        process.join()
        error = BundleError("The model could not be prepared: not enough memory?", f"exit code {process.exitcode}")
    process.join()
    if error is not None:
        raise error


class _Inbox:
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
    inbox = _Inbox(receive)
    try:
        import openvino

        core = openvino.Core()
        core.set_property({"CACHE_DIR": str(Path(cache) / BLOB_FOLDER)})
        runners = {}
        for bundle in bundles:
            runner = load_runner(core, Path(bundle), Path(cache), send)
            runners[runner.manifest.name] = runner
        send.send(Ready())
        while (cell := inbox.next_cell()) is not None:
            send.send(_judge(cell, runners))
    except (BrokenPipeError, ConnectionResetError):
        return
    except LeukoScopeError as error:
        send.send(Fault(error))
    except Exception as error:
        logger.exception("engine failed")
        send.send(Fault(BundleError("The models could not be started; the log says why.", repr(error)[:2000])))


def _judge(cell: Cell, runners: dict[str, Runner]) -> Judged:
    try:
        opinions = tuple(runners[name].opinion(cell.pixels, maps=cell.maps) for name in cell.bundles)
    except (LeukoScopeError, ValueError, RuntimeError) as error:
        logger.exception("a cell could not be judged")
        message = error.message if isinstance(error, LeukoScopeError) else "The cell could not be judged."
        return Judged(cell.ticket, cell.index, (), BundleError(message, repr(error)[:2000]))
    return Judged(cell.ticket, cell.index, opinions, None)
