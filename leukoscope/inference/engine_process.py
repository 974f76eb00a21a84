"""The engine's own process: loads compiled graphs and judges CellImages. Never imports TensorFlow.

It compiles what is not in the cache in a further process, which ends afterwards.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukoscope.domain.errors import BundleError, LeukoScopeError
from leukoscope.inference import compile_process
from leukoscope.inference.graph_cache import REFUSED, graph_folder, is_granted, is_whole, memory_for, shipped_graphs
from leukoscope.inference.heartbeat import Heartbeat, HeartbeatMonitor, HeartbeatSender
from leukoscope.inference.inbox import Inbox
from leukoscope.inference.manifest import read_manifest
from leukoscope.inference.messages import Compiling, Fault, Loading, Ready
from leukoscope.inference.programs import start_with_tensorflow
from leukoscope.inference.queue_judging import CELL_BYTES, QueueJudging
from leukoscope.inference.site_profile import unpack
from leukoscope.system.child_processes import is_heard, leave_interrupts_to_parent

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
COMPILER_SILENCE = 300.0
"""So long the compiling may give no sign of life: TensorFlow keeps Python to itself for long stretches."""


class ParentGoneError(Exception):
    """Nobody is left to judge for."""


def ready_runner(core: ov.Core, bundle: Path, cache: Path, tell: HeartbeatSender, inbox: Inbox) -> Runner:
    """Load one bundle; compile it first when its graph came with no program, is not in the cache or is damaged.

    Raises
    ------
    BundleError
        When the bundle is damaged or cannot be compiled, or there is no memory for it: its graph stays then.
    ParentGoneError
        When nobody waits any more.
    """
    manifest = read_manifest(bundle)
    unusable = False
    for root in (shipped_graphs(bundle), cache):
        folder = graph_folder(root, manifest)
        if is_whole(folder):
            tell.send(Loading(manifest.name))
            runner = _loaded(core, bundle, folder)
            if runner is not None:
                return runner
            unusable = unusable or root is cache
    tell.send(Compiling(manifest.name))
    _compile(bundle, cache, inbox, anew=unusable)
    tell.send(Loading(manifest.name))
    runner = _loaded(core, bundle, graph_folder(cache, manifest))
    if runner is None:
        raise BundleError(_NOT_STARTED, f"the new graph of {manifest.name} cannot be read")
    return runner


def _loaded(core: ov.Core, bundle: Path, folder: Path) -> Runner | None:
    """A whole graph, loaded; ``None`` where it cannot be used although there is memory for it."""
    from leukoscope.inference.runner import load_runner

    try:
        return load_runner(core, bundle, folder)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or not memory_for(folder):
            raise BundleError(compile_process.NO_MEMORY, repr(error)[:2000]) from error
        logger.warning("the graph %s cannot be used and is made anew: %r", folder.name, error)
        return None


def _compile(bundle: Path, cache: Path, inbox: Inbox, *, anew: bool) -> None:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=compile_process.main, args=(str(bundle), str(cache), sender, anew), name="leukoscope-compile"
    )
    start_with_tensorflow(process)
    sender.close()
    try:
        error = _answer(receiver, process, inbox)
    except EOFError:
        process.join()
        error = BundleError(_ENDED, f"exit code {process.exitcode}")
    finally:
        process.join()
        receiver.close()
    if error is not None:
        raise error


def _answer(receiver: Connection, process: SpawnProcess, inbox: Inbox) -> LeukoScopeError | None:
    """What the compiling came to; a process that gives no sign of life is ended. Raises EOFError when it has gone."""
    monitor = HeartbeatMonitor(COMPILER_SILENCE)
    while True:
        if is_heard(receiver, process, PATIENCE):
            message: Any = receiver.recv()
            if not isinstance(message, Heartbeat):
                assert message is None or isinstance(message, LeukoScopeError)
                return message
            monitor.heard()
        elif monitor.waited(PATIENCE):
            logger.error("the compiling gives no sign of life")
            process.kill()
        if inbox.closed:
            process.kill()
            raise ParentGoneError


def main(bundles: list[str], cache: str, receive: Connection, send: Connection, profile: bytes | None = None) -> None:
    """Entry of the process."""
    leave_interrupts_to_parent()
    if hasattr(os, "nice"):
        os.nice(5)
    inbox, heartbeat = Inbox(receive), HeartbeatSender(send)
    try:
        # The parent imports this module too, to name its entry, and stays without OpenVINO.
        import openvino as ov

        from leukoscope.inference.stream_keeper import StreamKeeper

        core = ov.Core()
        site = None if profile is None else unpack(profile)
        runners = {}
        for bundle in bundles:
            runner = ready_runner(core, Path(bundle), Path(cache), heartbeat, inbox)
            runners[runner.manifest.name] = runner if site is None else runner.taught(site)
        heartbeat.send(Ready())
        heartbeat.rest()
        QueueJudging(inbox, heartbeat, runners, StreamKeeper(core, runners, Path(cache))).run()
    except (BrokenPipeError, ConnectionResetError, ParentGoneError):
        return
    except LeukoScopeError as error:
        heartbeat.send(Fault(error))
    except Exception as error:
        logger.exception("engine failed")
        refused = isinstance(error, MemoryError) or getattr(error, "errno", 0) in REFUSED or not is_granted(CELL_BYTES)
        sentence = compile_process.NO_MEMORY if refused else _NOT_STARTED
        heartbeat.send(Fault(BundleError(sentence, repr(error)[:2000])))
