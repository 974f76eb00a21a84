"""What must hold after a fault: the store opens, is sound, keeps what was acknowledged, and shows nothing half."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdf

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader, CaseState
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.delivery.message import MessageState
from leukoscope.workflow.delivery.outbox import Outbox
from leukoscope.workflow.opening import open_store
from leukoscope.workflow.settings import load_settings
from leukoscope.workflow.store_check import check_store
from tests.torture.home import LABORATORY, Root

Fact = dict[str, Any]
MAY_TOUCH_ALL = {"restore"}
"""After these the cases may be others."""


class LostError(Exception):
    """Something that must hold does not."""


def need(holds: object, what: str) -> None:
    """Raise where something does not hold."""
    if not holds:
        raise LostError(what)


def verified(root: Root, name: str, facts: list[Fact]) -> str | None:
    """What was lost by a fault in an operation; ``None`` when nothing was.

    Parameters
    ----------
    root
        What the operation worked on.
    name
        Of the operation.
    facts
        What it acknowledged.
    """
    try:
        with root.entered() as home:
            _verify(root, home, name, facts)
    except LostError as lost:
        return str(lost)
    except LeukoScopeError as error:
        return f"refused after the fault: {error.message} ({error.detail})"
    except Exception as error:  # noqa: BLE001  whatever it is, a person would meet it
        return f"{type(error).__name__} after the fault: {error}"
    return None


def _verify(root: Root, home: AppDirs, name: str, facts: list[Fact]) -> None:
    store = open_store(home)
    try:
        finish_erasures(store, home)
        need_sound(store)
        if name not in MAY_TOUCH_ALL:
            _need_others(store, root, facts)
        last: dict[tuple[str, object], Fact] = {}
        for fact in facts:
            last[fact["what"], fact.get("cell", fact.get("number", fact.get("frame", fact.get("source"))))] = fact
        for fact in last.values():
            HOLDS[fact["what"]](store, root, fact)
        store.create(CaseHeader("after the fault"))
        need(store.trail.verify().sound, "the trail cannot be continued")
    finally:
        store.close()
    need(load_settings(home.config).laboratory, "the settings are gone")
    need(name == "settings" or load_settings(home.config).laboratory == LABORATORY, "a setting is gone")
    _need_whole_messages(home)
    for path in sorted(root.out.iterdir()):
        # A leading dot is how what is not whole yet is named; nobody takes it for the file.
        if not path.name.startswith(".") and path.suffix != ".part":
            need_whole(path)


def finish_erasures(store: CaseStore, home: AppDirs) -> None:
    """Do what the program does on its start with what an interrupted erasure left."""
    for left in store.erasing.unfinished():
        store.erasing.discard_contents(left)
        store.erasing.finish(left)


def need_sound(store: CaseStore) -> None:
    """``leukoscope check`` and ``leukoscope audit verify`` find nothing, and lists say what cases hold."""
    for check in check_store(store):
        need(check.passed, f"check, {check.name}: {check.sentence}")
    trail = store.trail.verify()
    need(trail.sound, f"audit verify: {[one.sentence for one in trail.faults]}")
    for case in store.list():
        whole = store.load(case.id)
        need(case.cells == len(whole.cells), f"the list says {case.cells} cells of {case.header.number}")
        need(whole.state is not CaseState.SIGNED or whole.signatures, f"{case.header.number} is signed by nobody")
        for _, sha256 in store.signing.reports(case.id):
            store.read_image(sha256)


def _need_others(store: CaseStore, root: Root, facts: list[Fact]) -> None:
    """Cases that the operation has no business with are as they were."""
    keys = root.keys
    touched = {keys.open_case, keys.away}
    for number, patient in keys.numbers.items():
        found = store.the_one(number)
        if found in touched or (found is None and number in {"A-1", "D-1"}):
            continue
        need(found is not None, f"case {number} is gone")
        assert found is not None
        need(store.load(found).header.patient == patient, f"case {number} has another patient")


def _case(store: CaseStore, root: Root, fact: Fact) -> None:
    found = store.the_one(fact["number"])
    need(found is not None, f"acknowledged case {fact['number']} is gone")
    assert found is not None
    need(store.load(found).header.patient == fact["patient"], f"{fact['number']} has another patient")


def _waiting(store: CaseStore, root: Root, fact: Fact) -> None:
    waiting = [one for one in store.queue.of_case(fact["case"]) if one.source == fact["source"]]
    need(len(waiting) == 1, f"acknowledged image “{fact['source']}” waits {len(waiting)} times")
    store.read_image(waiting[0].sha256)


def _frame(store: CaseStore, root: Root, fact: Fact) -> None:
    frame = store.frames.load(fact["frame"])
    need(frame is not None and len(frame.cells) == fact["cells"], "an acknowledged judged image is gone")
    store.read_image(fact["sha256"])


def _label(store: CaseStore, root: Root, fact: Fact) -> None:
    cells = {cell.id: cell for cell in store.load(fact["case"]).cells}
    decision = cells[fact["cell"]].decision
    need(decision is not None and decision.label.value == fact["label"], "an acknowledged label is gone")


def _header(store: CaseStore, root: Root, fact: Fact) -> None:
    patient = store.load(fact["case"]).header.patient
    # The next write may have got through without its acknowledgement.
    need(patient in {fact["patient"], "Roe, Jane"}, f"the acknowledged header is {patient!r}")


def _frame_shown(store: CaseStore, root: Root, fact: Fact) -> None:
    shown = fact["frame"] in {one.id for one in store.load(fact["case"]).frames}
    need(shown == fact["shown"], f"an image is shown: {shown}")


def _listed(store: CaseStore, root: Root, fact: Fact) -> None:
    listed = fact["case"] in {one.id for one in store.list()}
    need(listed == fact["listed"], f"a case is listed: {listed}")


def _erased(store: CaseStore, root: Root, fact: Fact) -> None:
    need(fact["case"] in store.erasing.erased_cases(), "an acknowledged erasure is undone")
    need(fact["case"] not in {one.id for one in store.list()}, "an erased case is listed")


def _state(store: CaseStore, root: Root, fact: Fact) -> None:
    state = store.load(fact["case"]).state.value
    need(state in fact["state"], f"an acknowledged state is {state}")


def _amended(store: CaseStore, root: Root, fact: Fact) -> None:
    reasons = [one.reason for one in store.load(fact["case"]).amendments]
    need(fact["reason"] in reasons, "an acknowledged amendment is gone")


def _file(store: CaseStore, root: Root, fact: Fact) -> None:
    path = root.out / fact["path"]
    need(path.exists(), f"acknowledged {fact['path']} is not there")
    need_whole(path)


def _backup(store: CaseStore, root: Root, fact: Fact) -> None:
    _file(store, root, fact)


def _daily(store: CaseStore, root: Root, fact: Fact) -> None:
    need(list((store.folder / "backups").glob("daily-*.db")), "the acknowledged daily copy is not there")


def _restored(store: CaseStore, root: Root, fact: Fact) -> None:
    need(store.the_one("E-1") is not None, "the acknowledged restore is undone")


def _settings(store: CaseStore, root: Root, fact: Fact) -> None:
    written = load_settings(root.home / "config").laboratory
    need(written in {fact["laboratory"], "Newest laboratory"}, f"an acknowledged setting is {written!r}")


def _message(store: CaseStore, root: Root, fact: Fact) -> None:
    messages = Outbox(root.home / "data" / "outbox").messages()
    need([one for one in messages if one.case_id == fact["case"]], "an acknowledged message is gone")


def _accounts_on(store: CaseStore, root: Root, fact: Fact) -> None:
    need(store.people.rules().accounts, "accounts that were turned on are off")
    need(fact["name"] in {one.name for one in store.people.list()}, "an acknowledged account is gone")


HOLDS: dict[str, Callable[[CaseStore, Root, Fact], None]] = {
    "case": _case,
    "waiting": _waiting,
    "frame": _frame,
    "label": _label,
    "header": _header,
    "frame shown": _frame_shown,
    "listed": _listed,
    "erased": _erased,
    "state": _state,
    "amended": _amended,
    "file": _file,
    "backup": _backup,
    "daily": _daily,
    "restored": _restored,
    "settings": _settings,
    "message": _message,
    "accounts on": _accounts_on,
}


def _need_whole_messages(home: AppDirs) -> None:
    if not home.outbox.is_dir():
        return
    outbox = Outbox(home.outbox)
    for message in outbox.messages():
        if message.state is MessageState.WAITING:
            for path in outbox.payload(message):
                need(path.read_bytes().startswith(b"MSH"), "half a message waits in the outbox")


def need_whole(path: Path) -> None:
    """A file under its own name is whole."""
    try:
        if path.is_dir():
            need([*path.rglob("*.dcm")] or [*path.iterdir()], f"{path.name} is empty")
        elif path.suffix == ".pdf":
            need(len(pypdf.PdfReader(path).pages) > 0, f"{path.name} has no page")
        elif path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".csv":
            need(path.read_bytes().endswith(b"\n"), f"{path.name} ends amid a line")
        elif path.suffix == ".hl7":
            need(path.read_bytes().startswith(b"MSH"), f"{path.name} is half")
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                need(archive.testzip() is None, f"{path.name} is damaged")
    except (OSError, ValueError, zipfile.BadZipFile, pypdf.errors.PyPdfError) as error:
        raise LostError(f"{path.name} is half: {error!r}") from error
