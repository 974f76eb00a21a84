"""The program is killed at any moment while orders come: none is lost, none is there twice."""

from __future__ import annotations

import random
import socket
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from leukoscope.workflow.opening import open_store
from leukoscope.workflow.orders_in.carrying_out import carry_out
from leukoscope.workflow.orders_in.inbox import FOLDER, Inbox
from tests.unit.workflow.orders_in.messages import ask, code, order, program


def send(port: int, wanted: list[str], answered: dict[str, str], lock: threading.Lock) -> None:
    """Send each order until it is answered, as a hospital's system does; ends when the line does."""
    with suppress(OSError, EOFError), socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        for number in wanted:
            with lock:
                if number in answered:
                    continue
            said = ask(line, order(number))
            with lock:
                answered[number] = said


def send_all(home: Path, orders: int, lines: int, kills: int, seed: int) -> dict[str, str]:
    """All orders are answered, although the program is killed so often on the way; gives the answers."""
    numbers = [f"F{one}" for one in range(orders)]
    answered: dict[str, str] = {}
    lock, chance = threading.Lock(), random.Random(seed)
    for turn in range(kills + 1):
        with program(home) as (process, port):
            goal = len(answered) + chance.randint(1, max(1, orders // (kills + 1))) if turn < kills else orders
            senders = [
                threading.Thread(target=send, args=(port, numbers[part::lines], answered, lock))
                for part in range(lines)
            ]
            for one in senders:
                one.start()
            while any(one.is_alive() for one in senders):
                if turn < kills and len(answered) >= goal:
                    process.kill()
                senders[0].join(0.001)
                for one in senders:
                    one.join(0.001)
    return answered


def prove(home: Path, orders: int, answered: dict[str, str]) -> None:
    """Every order was taken, and is one case, begun once."""
    assert {code(said) for said in answered.values()} == {"AA"} and len(answered) == orders
    store = open_store(AppDirs.of_user())
    inbox = Inbox(AppDirs.of_user().cases / FOLDER)
    try:
        # What the last program had not come to: as the next one would.
        while left := inbox.waiting():
            for message, body in left:
                inbox.done(message.id, carry_out(store, body))
        assert inbox.listed() == ()
        begun = Counter(one.new for one in store.trail.entries_of({"case added"}))
        assert begun == dict.fromkeys(answered, 1)
        assert {one.header.number for one in store.list(limit=orders + 1)} == set(answered)
        assert len(store.trail.entries_of({"ordered"})) == orders
    finally:
        inbox.close()
        store.close()


@pytest.mark.parametrize(("lines", "seed"), [(1, 1), (8, 2)])
def test_no_order_is_lost_or_doubled_when_the_program_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: int, seed: int
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    prove(tmp_path, 60, send_all(tmp_path, 60, lines, 2, seed))


@pytest.mark.heavy
@pytest.mark.parametrize("lines", [1, 50])
def test_ten_thousand_orders_and_twenty_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    prove(tmp_path, 10_000, send_all(tmp_path, 10_000, lines, 20, lines))
