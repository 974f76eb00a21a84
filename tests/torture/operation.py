"""One real operation on a prepared home, each write acknowledged: ``python -m tests.torture.operation NAME ROOT``."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import psutil  # noqa: F401  the program loads it when it is first needed

# Everything an operation needs is here before it is forked off: what is traced is the operation and nothing else.
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import UNEXPECTED, LeukoScopeError
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.system.logs import start_logging
from leukoscope.system.temporary_files import STAGES
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.backup import back_up, back_up_daily
from leukoscope.workflow.delivery.message import Channel
from leukoscope.workflow.events import CaseErased, Event, Exported, Failed, OrdersTaken, PutInOutbox, Stopped
from leukoscope.workflow.export import formats
from leukoscope.workflow.export.export_format import ExportFormat
from leukoscope.workflow.model_runtime import ModelRuntime  # noqa: F401  an export asks which models there are
from leukoscope.workflow.opening import open_store
from leukoscope.workflow.restore import prepared_restore
from leukoscope.workflow.workbench import Workbench
from tests.gui.stored import stored_image
from tests.torture.home import PERSON, Root

Fact = dict[str, Any]
Operation = Callable[["Hand"], Iterator[Fact]]
OPERATIONS: dict[str, Operation] = {}
PATIENCE_S = 60.0
_PR_SET_PTRACER, _ANYBODY = 0x59616D61, -1


_ABOUT: dict[type[Event], str] = {Exported: "export", PutInOutbox: "export", OrdersTaken: "orders", CaseErased: "erase"}


def _is_about(event: Event, kind: type[Event]) -> bool:
    """Whether an event says that something else came of what was waited for."""
    return isinstance(event, Failed | Stopped) and event.what == _ABOUT[kind]


def operation(act: Operation) -> Operation:
    """Note an operation by its name."""
    OPERATIONS[act.__name__.replace("_", "-")] = act
    return act


class Hand:
    """A running program without a window, and what lies in its home."""

    def __init__(self, root: Root, home: AppDirs) -> None:
        self.root, self.home, self.keys = root, home, root.keys
        self._told = threading.Condition()
        self._events: list[Event] = []
        self._bench: Workbench | None = None

    @property
    def bench(self) -> Workbench:
        """The program; a person has said their name."""
        if self._bench is None:
            self._bench = Workbench(self.home, self._hear)
            if self._bench.operator.needs_name:
                self._bench.operator.say_name(PERSON)
        return self._bench

    def _hear(self, event: Event) -> None:
        with self._told:
            self._events.append(event)
            self._told.notify_all()

    def wait_for(self, kind: type[Event]) -> None:
        """Wait until something was done in the background; raises what a person would read if it was not."""

        def done() -> Event | None:
            return next((one for one in self._events if isinstance(one, kind) or _is_about(one, kind)), None)

        with self._told:
            event = self._told.wait_for(done, PATIENCE_S)
        if isinstance(event, Failed) and event.sentence == UNEXPECTED:
            raise RuntimeError(f"{event.what} failed unexpectedly; see the log")
        if isinstance(event, Failed):
            raise LeukoScopeError(event.sentence)
        if not isinstance(event, kind):
            raise TimeoutError(f"no {kind.__name__}")

    def close(self) -> None:
        """End as the program does."""
        if self._bench is not None:
            self._bench.close()


@operation
def new_case(hand: Hand) -> Iterator[Fact]:
    for number in ("N-1", "N-2"):
        hand.bench.cases.create(CaseHeader(number, f"Patient {number}"))
        yield {"what": "case", "number": number, "patient": f"Patient {number}"}


@operation
def add_image(hand: Hand) -> Iterator[Fact]:
    for seed in (11, 12):
        pixels = np.random.default_rng(seed).integers(0, 255, (64, 64, 3), np.uint8)
        hand.bench.capture.add_pixels(hand.keys.open_case, pixels, FrameOrigin(OriginKind.CLIPBOARD, f"pasted {seed}"))
        yield {"what": "waiting", "case": hand.keys.open_case, "source": f"pasted {seed}"}


@operation
def store_judged(hand: Hand) -> Iterator[Fact]:
    store = open_store(hand.home)
    try:
        for seed in (21, 22):
            frame = stored_image(store, hand.keys.open_case, seed, 3)
            yield {"what": "frame", "frame": frame.id, "sha256": frame.sha256, "cells": 3}
    finally:
        store.close()


@operation
def decide(hand: Hand) -> Iterator[Fact]:
    for cell, label in zip(hand.keys.cells, (Label.LEUKEMIC, Label.HEALTHY, Label.LEUKEMIC), strict=False):
        hand.bench.judging.decide(cell, label)
        yield {"what": "label", "case": hand.keys.open_case, "cell": cell, "label": label.value}


@operation
def header(hand: Hand) -> Iterator[Fact]:
    for patient in ("Roe", "Roe, Jane"):
        hand.bench.cases.update_header(hand.keys.open_case, CaseHeader("A-1", patient, "Marrow"))
        yield {"what": "header", "case": hand.keys.open_case, "patient": patient}


@operation
def remove_image(hand: Hand) -> Iterator[Fact]:
    hand.bench.cases.remove_frame(hand.keys.open_case, hand.keys.frame)
    yield {"what": "frame shown", "case": hand.keys.open_case, "frame": hand.keys.frame, "shown": False}
    hand.bench.cases.restore_frame(hand.keys.open_case, hand.keys.removed_frame)
    yield {"what": "frame shown", "case": hand.keys.open_case, "frame": hand.keys.removed_frame, "shown": True}


@operation
def remove_case(hand: Hand) -> Iterator[Fact]:
    hand.bench.cases.put_away(hand.keys.open_case)
    yield {"what": "listed", "case": hand.keys.open_case, "listed": False}
    hand.bench.cases.bring_back(hand.keys.away)
    yield {"what": "listed", "case": hand.keys.away, "listed": True}


@operation
def erase_case(hand: Hand) -> Iterator[Fact]:
    hand.bench.cases.erase(hand.keys.open_case, "Wish of the family")
    yield {"what": "erased", "case": hand.keys.open_case, "finished": False}
    hand.wait_for(CaseErased)
    yield {"what": "erased", "case": hand.keys.open_case, "finished": True}


@operation
def sign(hand: Hand) -> Iterator[Fact]:
    hand.bench.signing.mark_reviewed(hand.keys.decided)
    yield {"what": "state", "case": hand.keys.decided, "state": ["reviewed", "signed"]}
    hand.bench.signing.sign(hand.keys.decided, "Ben", "Reviewed", "")
    yield {"what": "state", "case": hand.keys.decided, "state": ["signed"]}


@operation
def amend(hand: Hand) -> Iterator[Fact]:
    hand.bench.signing.amend(hand.keys.signed, "a smudge", "Ben")
    yield {"what": "amended", "case": hand.keys.signed, "reason": "a smudge"}


def _export(kind: ExportFormat) -> Operation:
    def act(hand: Hand) -> Iterator[Fact]:
        path = hand.root.out / f"A-1{kind.suffix}"
        hand.bench.exports.write(hand.keys.open_case, kind, path)
        hand.wait_for(Exported)
        yield {"what": "file", "kind": kind.id, "path": path.name}

    act.__name__ = f"export_{kind.id}"
    return operation(act)


for _kind in formats.FORMATS:
    _export(_kind)


@operation
def export_trail(hand: Hand) -> Iterator[Fact]:
    for name in ("trail.csv", "trail.pdf"):
        hand.bench.signing.export_audit(hand.root.out / name)
        yield {"what": "file", "kind": Path(name).suffix[1:], "path": name}


@operation
def backup(hand: Hand) -> Iterator[Fact]:
    store = open_store(hand.home)
    try:
        back_up(store, hand.root.out / "backup.zip")
        yield {"what": "backup", "path": "backup.zip"}
        back_up_daily(store)
        yield {"what": "daily"}
    finally:
        store.close()


@operation
def restore(hand: Hand) -> Iterator[Fact]:
    with prepared_restore(hand.home.cases, hand.root.folder / "earlier.zip") as ready:
        ready.put_back()
    yield {"what": "restored"}


@operation
def settings(hand: Hand) -> Iterator[Fact]:
    for laboratory in ("New laboratory", "Newest laboratory"):
        hand.bench.settings.save(laboratory=laboratory)
        failed = next((one for one in hand._events if isinstance(one, Failed)), None)
        if failed is not None:
            raise LeukoScopeError(failed.sentence)
        yield {"what": "settings", "laboratory": laboratory}


@operation
def orders(hand: Hand) -> Iterator[Fact]:
    hand.bench.cases.import_orders(hand.root.folder / "orders.csv")
    hand.wait_for(OrdersTaken)
    report = next(one.report for one in hand._events if isinstance(one, OrdersTaken))
    for number in report.added:
        yield {"what": "case", "number": number, "patient": f"Order {number[2:]}"}
    if report.refused:
        raise LeukoScopeError(report.refused[0].sentence)


@operation
def outbox(hand: Hand) -> Iterator[Fact]:
    hand.bench.exports.send(hand.keys.open_case, Channel.HL7)
    hand.wait_for(PutInOutbox)
    yield {"what": "message", "case": hand.keys.open_case}


@operation
def accounts(hand: Hand) -> Iterator[Fact]:
    hand.bench.operator.turn_on("Root", "a long sentence for Root")
    yield {"what": "accounts on", "name": "Root"}


def perform(name: str, root: Root, tell: Callable[[dict[str, Any]], None]) -> None:
    """Do it and tell each acknowledged write; at the end ``done``, ``refused`` with its sentence, or ``crashed``."""
    try:
        home = root.enter()
        # As the program does on each start, with a window and without.
        start_logging(home.logs)
        STAGES.begin(home.data / "stages")
        hand = Hand(root, home)
        try:
            for fact in OPERATIONS[name](hand):
                tell({"fact": fact})
        finally:
            hand.close()
        tell({"end": "done"})
    except LeukoScopeError as error:
        tell({"end": "refused", "sentence": error.message})
    except BaseException:  # noqa: BLE001  whatever it is, it is what the person would see
        tell({"end": "crashed", "sentence": traceback.format_exc()})


def forked(name: str, root: Path, line: Connection, errors: Path) -> None:
    """Perform in a process of its own once the other side says so; it may be traced meanwhile."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Where only a parent may trace, let anybody: the tracer is a sister.
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(_ANYBODY), 0, 0, 0)
    descriptor = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.read(line.fileno(), 1)

    def tell(said: dict[str, Any]) -> None:
        # A call that the program itself makes nowhere: the faults do not reach it.
        os.writev(line.fileno(), [json.dumps(said).encode() + b"\n"])

    perform(name, Root(root), tell)
    os._exit(0)


if __name__ == "__main__":
    perform(sys.argv[1], Root(Path(sys.argv[2])), lambda said: print(json.dumps(said), flush=True))
