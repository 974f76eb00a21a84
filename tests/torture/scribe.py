"""A program that writes as fast as it can and tells each write that was acknowledged: until somebody ends it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import select

from leukoscope.cases.store import CaseStore
from leukoscope.cases.tables import CaseRow, CellRow, FrameRow
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.findings import Label
from tests.unit.cases.builders import analysis

PAUSE_S = 0.2
"""Before it tries again what could not be saved."""


def write(folder: Path, url: str, name: str, line: Connection, go_on: bool) -> None:
    """Write, and say what was acknowledged and what was refused.

    Parameters
    ----------
    folder, url
        Of the store.
    name
        Stands in the numbers of its cases.
    line
        Where it is said.
    go_on
        Whether a refusal is followed by another try, as a person would; else it ends it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def tell(said: dict[str, Any]) -> None:
        os.write(line.fileno(), json.dumps(said).encode() + b"\n")

    store: CaseStore | None = None
    turn = 0
    while True:
        began = time.monotonic()
        try:
            if store is None:
                store = CaseStore(folder, url)
                tell({"open": name})
            _round(store, f"{name}-{turn}", tell)
        except LeukoScopeError as error:
            tell({"refused": error.message, "after": time.monotonic() - began})
            if not go_on:
                break
            time.sleep(PAUSE_S)
        except BaseException as error:  # noqa: BLE001  whatever it is, it is what the person would see
            tell({"crashed": f"{type(error).__name__}: {error}"})
            break
        turn += 1
    if store is not None:
        store.close()


def _round(store: CaseStore, number: str, tell: Callable[[dict[str, Any]], None]) -> None:
    case_id = store.create(CaseHeader(number, f"Patient {number}"))
    tell({"case": case_id, "number": number})
    data = number.encode()
    frame = store.frames.add(case_id, analysis(data, cells=2), data)
    tell({"frame": frame.id, "sha256": frame.sha256})
    for cell in frame.cells:
        store.decide(cell.id, Label.HEALTHY, "Ana")
        tell({"cell": cell.id})
    store.update_header(case_id, CaseHeader(number, f"Patient {number}", "Blood"))
    tell({"specimen": case_id})


def missing(store: CaseStore, said: Iterable[dict[str, Any]]) -> tuple[int, list[str]]:
    """How many acknowledged writes there were, and which are not kept."""
    with store.database.reading() as session:
        numbers = dict(session.execute(select(CaseRow.id, CaseRow.number)).all())
        specimens = dict(session.execute(select(CaseRow.id, CaseRow.specimen)).all())
        frames = dict(session.execute(select(FrameRow.id, FrameRow.sha256)).all())
        decided = set(session.scalars(select(CellRow.id).where(CellRow.decided_label.is_not(None))))
    kept = set(store.images.hashes())
    count, lost = 0, []
    for one in said:
        if "number" in one:
            holds = numbers.get(one["case"]) == one["number"]
        elif "frame" in one:
            holds = frames.get(one["frame"]) == one["sha256"] and one["sha256"] in kept
        elif "cell" in one:
            holds = one["cell"] in decided
        elif "specimen" in one:
            holds = specimens.get(one["specimen"]) == "Blood"
        else:
            continue
        count += 1
        if not holds:
            lost.append(f"acknowledged and gone: {one}")
    return count, lost
