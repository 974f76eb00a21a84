"""A home as a day's work leaves it; every try gets a copy of its own."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader, Signature
from leukoscope.domain.findings import Label
from leukoscope.workflow.app_dirs import HOME_VARIABLE, SHIPPED_VARIABLE, AppDirs
from leukoscope.workflow.backup import back_up
from leukoscope.workflow.settings import Settings, save_settings
from tests.gui.stored import stored_image

PERSON = "Ana"
LABORATORY = "Hematology"
NOBODY = "127.0.0.1:9"
"""Where nothing listens."""


@dataclass(frozen=True)
class Keys:
    """What lies in the prepared home.

    Parameters
    ----------
    open_case, frame, cells
        A case that is worked on, its image, and the image's cells.
    decided, signed
        Cases that can be signed, and amended.
    away, removed_frame
        A case that was put away, and an image that was taken out of the open case.
    hashes
        Names of all images and reports that are kept.
    numbers
        Number and patient of every case.
    """

    open_case: int
    frame: int
    cells: tuple[int, ...]
    decided: int
    signed: int
    away: int
    removed_frame: int
    hashes: tuple[str, ...]
    numbers: dict[str, str]


@dataclass(frozen=True)
class Root:
    """One folder with everything that one try reads and writes.

    Parameters
    ----------
    folder
        Holds the home, a folder for what leaves, and the folder for temporary files.
    """

    folder: Path

    @property
    def home(self) -> Path:
        """The user's folders."""
        return self.folder / "home"

    @property
    def out(self) -> Path:
        """Where exports go."""
        return self.folder / "out"

    @property
    def temp(self) -> Path:
        """Where temporary files go."""
        return self.folder / "temp"

    @property
    def keys(self) -> Keys:
        """What lies in the home."""
        raw = json.loads((self.folder / "keys.json").read_text(encoding="utf-8"))
        return Keys(**{**raw, "cells": tuple(raw["cells"]), "hashes": tuple(raw["hashes"])})

    def enter(self) -> AppDirs:
        """Let this process work here, as the program would; gives the home."""
        os.environ[HOME_VARIABLE] = str(self.home)
        os.environ[SHIPPED_VARIABLE] = str(self.folder / "no-models")
        os.environ["TMPDIR"] = str(self.temp)
        tempfile.tempdir = None
        return AppDirs.of_user()

    @contextmanager
    def entered(self) -> Iterator[AppDirs]:
        """Work here for a while."""
        names = (HOME_VARIABLE, SHIPPED_VARIABLE, "TMPDIR")
        before = {name: os.environ.get(name) for name in names}
        try:
            yield self.enter()
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            tempfile.tempdir = None

    def copy_to(self, folder: Path) -> Root:
        """The same, elsewhere; what lay there is gone."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder, symlinks=True)
        return Root(folder)


def prepare(folder: Path) -> Root:
    """Make the home that every operation finds."""
    root = Root(folder)
    for one in (root.home, root.out, root.temp, folder / "no-models"):
        one.mkdir(parents=True)
    with root.entered() as home:
        _earlier(root)
        settings = Settings(laboratory=LABORATORY, hl7_node=NOBODY, people=(PERSON,), language="en")
        settings = replace(settings, person=PERSON, person_day=datetime.now().date().isoformat())
        save_settings(settings, home.config)
        store = CaseStore(home.cases)
        try:
            keys = _filled(store)
        finally:
            store.close()
    (folder / "keys.json").write_text(json.dumps(asdict(keys)), encoding="utf-8")
    (folder / "orders.csv").write_text(
        "Number;Patient;Patient ID;Specimen\n" + "".join(f"O-{n};Order {n};P{n};Blood\n" for n in range(4)),
        encoding="utf-8",
    )
    return root


def _earlier(root: Root) -> None:
    """A backup of another day, to be put back."""
    store = CaseStore(root.folder / "earlier")
    try:
        stored_image(store, store.create(CaseHeader("E-1", "Earlier")), 71, 2)
        back_up(store, root.folder / "earlier.zip")
    finally:
        store.close()
    shutil.rmtree(root.folder / "earlier")


def _filled(store: CaseStore) -> Keys:
    store.trail.ask_actor(lambda: PERSON)
    cases = {number: store.create(CaseHeader(number, f"Patient {number}")) for number in ("A-1", "B-1", "C-1", "D-1")}
    frame = stored_image(store, cases["A-1"], 1, 4)
    removed = stored_image(store, cases["A-1"], 2, 2)
    store.frames.remove(removed.id)
    for number, seed in (("B-1", 3), ("C-1", 4), ("D-1", 5)):
        one = stored_image(store, cases[number], seed, 2)
        for cell in one.cells:
            store.decide(cell.id, Label.HEALTHY, PERSON)
    signature = Signature("Ben", "Reviewed", datetime.now(UTC).replace(microsecond=0))
    store.signing.sign(cases["C-1"], signature, b"%PDF-1.7 of C-1", store.load(cases["C-1"]).version)
    store.remove_case(cases["D-1"])
    return Keys(
        cases["A-1"], frame.id, tuple(cell.id for cell in frame.cells), cases["B-1"], cases["C-1"], cases["D-1"],
        removed.id, tuple(store.images.hashes()), {number: f"Patient {number}" for number in cases},
    )  # fmt: skip
