"""The wall clock jumps under a running program: nothing is lost, and no lock-out is lifted or lengthened by it."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from leukoscope.cases.people import FAILURES_ALLOWED
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import AccessError, LeukoScopeError
from leukoscope.domain.findings import Label
from leukoscope.domain.people import Role
from leukoscope.workflow.backup import back_up_daily
from leukoscope.workflow.delivery.message import Channel
from leukoscope.workflow.delivery.outbox import Outbox
from leukoscope.workflow.opening import open_store
from tests.tools import tool
from tests.torture.facts import LostError, need, need_sound
from tests.torture.home import Root, prepare
from tests.torture.one import snapshots, tell
from tests.torture.tally import Tally, Until
from tests.unit.cases.builders import analysis

SHIFT = "CLOCK_SHIFT"
DAY = 86_400
WORK, LOCK_OUT = "while cases are worked on", "while a name is locked out"
JUMPS = {
    "an hour ahead": 3600, "an hour back": -3600, "a minute back": -60, "a day ahead": DAY, "a day back": -DAY,
    "a year ahead": 365 * DAY, "ten years back": -3650 * DAY, "behind 2038": 12 * 366 * DAY, "to 1971": -55 * 365 * DAY,
}  # fmt: skip
LONGEST_MIN = 16
PASSWORD, WRONG = "a sentence of Ana’s", "not a sentence of hers"


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """Every jump, back and forth, in a program whose clock is moved."""
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        folder = Path(name)
        mover = folder / "clock.so"
        source = Path(__file__).with_name("clock.c")
        subprocess.run([tool("gcc"), "-shared", "-fPIC", "-O1", "-o", mover, source, "-ldl"], check=True)
        moved = folder / "shift"
        moved.write_bytes(struct.pack("l", 0))
        prepare(folder / "root")
        told = json.dumps({"root": str(folder / "root"), "jumps": list(only or JUMPS)[:most], "seconds": until.seconds})
        environment = {"LD_PRELOAD": str(mover), SHIFT: str(moved)}
        words = [sys.executable, "-W", "ignore", "-m", "tests.torture.clocks", told]
        yield from snapshots(words, **environment)


def inside(root: Root, jumps: list[str], until: Until) -> Iterator[Tally]:
    """In the program whose clock is moved."""
    work, locks = Tally("clock jumps", WORK), Tally("clock jumps", LOCK_OUT)
    home = root.enter()
    store = open_store(home)
    box = Outbox(home.outbox)
    for place, name in enumerate(jumps):
        if place and until.is_over:
            break
        for act, tally in ((_worked, work), (_locked_out, locks)):
            loss = _tried(act, store, box, name)
            tally.count(None if loss is None else f"{name}: {loss}")
            yield tally
    store.close()
    store = open_store(home)
    try:
        need_sound(store)
        work.count(None)
    except LostError as lost:
        work.count(f"after all of them: {lost}")
    store.close()
    yield work


def move(seconds: int) -> None:
    """Set the wall clock so far from the true one."""
    with Path(os.environ[SHIFT]).open("r+b") as stream:
        stream.write(struct.pack("l", seconds))


def _tried(act: Callable[[CaseStore, Outbox, str], None], store: CaseStore, box: Outbox, name: str) -> str | None:
    try:
        act(store, box, name)
    except LostError as lost:
        return str(lost)
    except LeukoScopeError as error:
        return f"it said “{error.message}”"
    except Exception as error:  # noqa: BLE001  that is what is looked for
        return f"{type(error).__name__}: {error}; {traceback.extract_tb(error.__traceback__)[-1]}"
    finally:
        move(0)
    return None


def _worked(store: CaseStore, box: Outbox, name: str) -> None:
    number = f"J {name}"
    case_id = store.create(CaseHeader(number))
    before = time.time()
    move(JUMPS[name])
    assert abs(time.time() - before - JUMPS[name]) < 50, "the clock is not moved"
    frame = store.frames.add(case_id, analysis(number.encode()), number.encode())
    store.decide(frame.cells[0].id, Label.HEALTHY, "Ana")
    with box.putting(Channel.HL7, case_id, number) as put:
        put("message.hl7", b"MSH")
    back_up_daily(store)
    move(0)
    store.decide(frame.cells[0].id, Label.LEUKEMIC, "Ana")
    decision = store.load(case_id).cells[0].decision
    need(decision is not None and decision.label is Label.LEUKEMIC, "the later label does not count")
    need(any(one.case_id == case_id for one in box.messages()), "a message is gone")
    need(store.trail.verify().sound, "the trail is not sound")
    need([one for one in store.list() if one.id == case_id], "the case is not listed")


def _locked_out(store: CaseStore, box: Outbox, name: str) -> None:
    early, late = f"Ana {name}", f"Eva {name}"
    for person in (early, late):
        store.people.add(person, Role.REVIEWER, PASSWORD)
    _lock(store, early)
    move(JUMPS[name])
    need(_minutes(store, early), "the jump lifts the lock-out")
    _lock(store, late)
    move(0)
    need(_minutes(store, early), "the jump there and back lifts the lock-out")
    left = _minutes(store, late)
    need(left, "the jump back lifts the lock-out")
    need(left <= LONGEST_MIN, f"the jump back makes the lock-out {left} min long")


def _lock(store: CaseStore, person: str) -> None:
    for _ in range(FAILURES_ALLOWED):
        with suppress(AccessError):
            store.people.sign_in(person, WRONG)
    need(_minutes(store, person), "wrong passwords lock nobody out")


def _minutes(store: CaseStore, person: str) -> int:
    """For how long a person is locked out though the password is right; 0 when they are let in."""
    try:
        store.people.sign_in(person, PASSWORD)
    except AccessError as error:
        said = re.search(r"(\d+) min", error.message)
        need(said, f"it said “{error.message}”")
        assert said is not None
        return int(said[1])
    return 0


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    tell(inside(Root(Path(asked["root"])), asked["jumps"], Until(asked["seconds"])))
