"""What encryption at rest costs: the same work on a store in the clear and on an encrypted one, as ratios."""

from __future__ import annotations

import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from leukoscope.cases.cipher import Cipher
from leukoscope.cases.store import CaseStore
from leukoscope.cases.unlocked_keys import Mark, State, lock_all, unlock, write_mark
from leukoscope.domain.cases import CaseHeader
from tests.unit.cases.builders import analysis

CASES, IMAGE_BYTES, RUNS = 200, 2 << 20, 7


def _filled(folder: Path, encrypted: bool) -> CaseStore:
    folder.mkdir()
    if encrypted:
        cipher = Cipher.new()
        unlock(cipher)
        write_mark(folder, Mark(State.ON, cipher.name.hex()))
    store = CaseStore(folder)
    for number in range(CASES):
        store.create(CaseHeader(str(number), "Doe, Jane", "Blood", "MGG", "Ana"))
    return store


def _works(store: CaseStore) -> dict[str, Callable[[], object]]:
    case_id = store.list()[0].id
    kept = store.images.put(secrets.token_bytes(IMAGE_BYTES))[0]

    def save() -> None:
        data = secrets.token_bytes(IMAGE_BYTES)
        store.frames.add(case_id, analysis(data), data)

    return {
        "list 200 cases": store.list,
        "load a case": lambda: store.load(case_id),
        "save an image of 2 MB with its cells": save,
        "read an image of 2 MB": lambda: store.read_image(kept),
        "check the trail": store.trail.verify,
    }


def _seconds(work: Callable[[], object]) -> float:
    """Processor time: these machines are shared."""
    work()
    took = []
    for _ in range(RUNS):
        begun = time.process_time()
        work()
        took.append(time.process_time() - begun)
    return statistics.median(took)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        with (
            closing(_filled(Path(name) / "clear", False)) as clear,
            closing(_filled(Path(name) / "encrypted", True)) as encrypted,
        ):
            print("| work | in the clear [ms] | encrypted [ms] | ratio |\n|---|---|---|---|")
            for (what, plain), sealed in zip(_works(clear).items(), _works(encrypted).values(), strict=True):
                before, after = _seconds(plain), _seconds(sealed)
                print(f"| {what} | {before * 1000:.1f} | {after * 1000:.1f} | {after / max(before, 1e-6):.2f} |")
        lock_all()
