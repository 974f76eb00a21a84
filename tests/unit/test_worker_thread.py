"""The one worker thread: order, haste, and what is kept at the end."""

from __future__ import annotations

import threading

from leukoscope.gui.worker_thread import WorkerThread, WorkItem

PATIENCE_S = 20.0


def _held_worker(order: list[str]) -> tuple[WorkerThread, threading.Event]:
    """A thread that is held by its first item."""
    worker, gate, held = WorkerThread("test"), threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        gate.wait(PATIENCE_S)
        order.append("first")

    worker.begin(WorkItem(hold, writes=True))
    assert held.wait(PATIENCE_S)
    return worker, gate


def _note(order: list[str], word: str, *, writes: bool) -> WorkItem:
    return WorkItem(lambda: order.append(word), writes)


def test_what_comes_before_the_beginning_waits_for_it() -> None:
    order: list[str] = []
    worker = WorkerThread("test")
    worker.add(_note(order, "write", writes=True))
    worker.add(_note(order, "read", writes=False))
    worker.begin(_note(order, "open", writes=True))
    assert worker.close(PATIENCE_S)
    assert order[:2] == ["open", "write"]


def test_closing_writes_what_waits_and_drops_what_is_only_asked_for() -> None:
    order: list[str] = []
    worker, gate = _held_worker(order)
    for word, writes in (("read", False), ("label", True), ("read", False), ("header", True)):
        worker.add(_note(order, word, writes=writes))
    threading.Timer(0.2, gate.set).start()
    assert worker.close(PATIENCE_S)
    assert order == ["first", "label", "header"]
    assert not worker.add(_note(order, "late", writes=True))


def test_in_a_hurry_writes_go_first_and_nothing_is_lost() -> None:
    order: list[str] = []
    worker, gate = _held_worker(order)
    done = threading.Event()
    for word, writes in (("read 1", False), ("write 1", True), ("read 2", False), ("write 2", True)):
        worker.add(_note(order, word, writes=writes))
    worker.add(WorkItem(done.set, writes=False))
    worker.hurry(True)
    gate.set()
    assert done.wait(PATIENCE_S)
    assert order == ["first", "write 1", "write 2", "read 1", "read 2"]
    assert worker.close(PATIENCE_S)


def test_one_that_fails_does_not_stop_the_next() -> None:
    order: list[str] = []
    worker = WorkerThread("test")

    def fails() -> None:
        raise ValueError("no")

    worker.begin(WorkItem(fails, writes=True))
    worker.add(_note(order, "next", writes=True))
    assert worker.close(PATIENCE_S)
    assert order == ["next"]


def test_who_leaves_without_saving_does_not_wait_for_what_hangs() -> None:
    order: list[str] = []
    worker, gate = _held_worker(order)
    worker.add(_note(order, "label", writes=True))
    assert not worker.close(0.0, abandon=True)
    gate.set()
    assert worker.close(PATIENCE_S)
    assert order == ["first"]
