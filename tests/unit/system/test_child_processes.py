"""A child that has gone is noticed, also where the parent itself keeps the pipe open."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from leukoscope.domain.errors import BundleError
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.stepped_child import run_steps
from leukoscope.system.child_processes import is_heard

WAIT = 60.0
SPAWN = multiprocessing.get_context("spawn")


def says_and_ends(sender: Connection) -> None:
    sender.send("a word")


def ends(_order: object, _sender: Connection) -> None:
    os._exit(3)


def listens(receiver: Connection) -> None:
    receiver.recv()


def test_a_child_that_has_gone_ends_the_listening_while_its_end_is_open() -> None:
    receiver, sender = SPAWN.Pipe(duplex=False)
    child = SPAWN.Process(target=says_and_ends, args=(sender,))
    child.start()
    child.join(WAIT)
    assert is_heard(receiver, child, WAIT)
    assert receiver.recv() == "a word"
    with pytest.raises(EOFError):
        is_heard(receiver, child, WAIT)
    sender.close()
    receiver.close()


def test_a_child_that_says_nothing_is_waited_for() -> None:
    ours, theirs = SPAWN.Pipe()
    child = SPAWN.Process(target=listens, args=(theirs,))
    child.start()
    try:
        assert not is_heard(ours, child, 0.01)
    finally:
        ours.send(None)
        child.join(WAIT)
        ours.close()
        theirs.close()


def test_an_import_whose_process_cannot_begin_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As under Windows, where the child's end stays with the parent until the child has taken it.
    held: list[Connection] = []
    whole: Callable[[Connection], None] = Connection.close

    def close(self: Connection) -> None:
        if self.writable and not self.readable:
            held.append(self)
        else:
            whole(self)

    monkeypatch.setattr(Connection, "close", close)
    file = tmp_path / "model.keras"
    file.write_bytes(b"")
    with pytest.raises(BundleError, match="ended unexpectedly"):
        run_steps(ends, None, file, lambda _: WAIT, lambda *_: None, CancelToken())
    monkeypatch.undo()
    for one in held:
        one.close()
