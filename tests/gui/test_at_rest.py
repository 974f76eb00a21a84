"""With encryption on: the real window at work, and no file of it, kept or on its way, tells of the patient."""

from __future__ import annotations

import io
import os
import shutil
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, UnidentifiedImageError
from pytestqt.qtbot import QtBot

from leukoscope.cases import unlocked_keys
from leukoscope.cases.cipher import Cipher
from leukoscope.domain.cases import CaseHeader
from leukoscope.gui.main_window import MainWindow
from leukoscope.sources.demo import demo_cells
from leukoscope.workflow import encryption
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.backup import back_up
from leukoscope.workflow.begin import begin_stages
from leukoscope.workflow.delivery.message import Channel
from leukoscope.workflow.delivery.outbox import Outbox
from leukoscope.workflow.export import formats
from leukoscope.workflow.opening import open_store
from leukoscope.workflow.settings import load_settings, save_settings
from leukoscope.workflow.store_keys import keep
from tests.gui.conftest import PATIENCE_MS, OpenWindow

PATIENT, NUMBER = "Quillfeather-Oberanger", "QFX-77-31"
SIGNS = (b"%PDF-", b"PK\x03\x04", b"MSH|", b'{\n  "resourceType')
"""What a file in the clear begins with that holds a report, an export or a message."""


class Search:
    """Looks for a patient's name, number and images in files, also in each that is removed, before it is."""

    def __init__(self, images: list[bytes], places: list[Path]) -> None:
        texts = [form for text in (PATIENT, NUMBER) for form in (text, text.casefold(), text.upper())]
        self._wanted = [text.encode(code) for text in texts for code in ("utf-8", "utf-16-le")]
        self._wanted += [image[at : at + 48] for image in images for at in (64, len(image) // 2)]
        self._places, self._graphs = places, "graphs"
        self.found: set[str] = set()
        self.removed = 0
        self.listens = False

    def tells(self, path: Path) -> bool:
        """Whether a file can be read as something of the patient."""
        try:
            data = path.read_bytes()
        except OSError:
            return False
        if any(text in data for text in self._wanted) or data.startswith(SIGNS) or data[128:132] == b"DICM":
            return True
        if data.startswith(b"SQLite format 3"):
            return holds_cases(path)
        try:
            with Image.open(io.BytesIO(data)):
                return True
        except (UnidentifiedImageError, OSError, ValueError):
            return False

    def everywhere(self) -> set[str]:
        """Every file that is there now."""
        files = [one for place in self._places for one in place.rglob("*") if one.is_file()]
        assert len(files) > 5
        for one in files:
            if self._graphs not in one.parts and self.tells(one):
                self.found.add(one.name)
        return self.found

    def hook(self, event: str, args: tuple[object, ...]) -> None:
        """Told by Python before it removes, renames or replaces a file."""
        if not self.listens or event not in {"os.remove", "os.rename", "shutil.rmtree"}:
            return
        path = Path(os.fsdecode(args[0])) if isinstance(args[0], str | bytes | os.PathLike) else None
        if path is None or not path.is_absolute() or not any(path.is_relative_to(one) for one in self._places):
            return
        self.listens = False
        for one in [path, *path.rglob("*")] if path.is_dir() else [path]:
            self.removed += one.is_file()
            if one.is_file() and self.tells(one):
                self.found.add(f"{event} {one.name}")
        self.listens = True


def holds_cases(path: Path) -> bool:
    """Whether a database in the clear has anything in it: the schema of a new one tells of nobody."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "cases" not in names or connection.execute("SELECT count(*) FROM cases").fetchone()[0] > 0


@contextmanager
def listening(search: Search) -> Iterator[None]:
    sys.addaudithook(search.hook)  # it cannot be taken off again, but need not listen
    search.listens = True
    try:
        yield
    finally:
        search.listens = False


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, of this test alone."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def silent() -> Iterator[int]:
    """A port at which nobody answers: what is sent there waits."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def sealed_home(home: AppDirs, silent: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppDirs]:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    unlocked_keys.lock_all()
    nodes = {
        "hl7_node": f"127.0.0.1:{silent}",
        "dicom_node": f"ARCHIVE@127.0.0.1:{silent}",
        "fhir_address": f"https://127.0.0.1:{silent}/fhir",
    }
    save_settings(replace(load_settings(home.config), **nodes), home.config)
    cipher = Cipher.new()
    keep(home, cipher)
    encryption.turn_on(home, cipher)
    begin_stages(home)
    yield home
    unlocked_keys.lock_all()


def images_in(folder: Path) -> list[bytes]:
    folder.mkdir()
    for number, frame in enumerate(demo_cells(3)):
        Image.fromarray(frame.pixels).save(folder / f"{PATIENT} {number}.png")
    return [one.read_bytes() for one in sorted(folder.iterdir())]


def export_all(window: MainWindow, qtbot: QtBot, case_id: int, out: Path) -> None:
    for kind, name in ((formats.ZIP, "a.zip"), (formats.PDF, "a.pdf"), (formats.DICOM, "d")):
        with qtbot.waitSignal(window.export_queue.exported, timeout=PATIENCE_MS):
            window.export_queue.export(kind, case_id, out / name)
    with qtbot.waitSignal(window.export_queue.exported, timeout=PATIENCE_MS):
        window.export_queue.export_deidentified(case_id, out / "b.zip")
    for channel in Channel:
        with qtbot.waitSignal(window.export_queue.queued, timeout=PATIENCE_MS):
            window.export_queue.send(channel, case_id)


def test_no_file_tells_of_the_patient(
    sealed_home: AppDirs, open_window: OpenWindow, temp: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    root, out = sealed_home.data.parent, tmp_path / "out"
    out.mkdir()
    images = images_in(tmp_path / PATIENT)
    search = Search(images, [root, temp])
    with listening(search):
        window = open_window()
        bench = window.bridge.bench
        case_id = bench.cases.create(CaseHeader(NUMBER, PATIENT, "blood", notes=f"{PATIENT} came by"))
        window.commands.open_case(case_id)
        qtbot.waitUntil(lambda: window.case.id == case_id, timeout=PATIENCE_MS)
        files = tuple(sorted((tmp_path / PATIENT).iterdir()))
        window.importing.add_paths(files[:2])
        window.session.remember_folder(tmp_path / PATIENT)
        qtbot.waitUntil(lambda: window.review.gallery.model.rowCount() == 2, timeout=PATIENCE_MS)
        # An image that waits: its bytes are kept, and nobody judges it now.
        bench.judging.cancel()
        bench.capture.add_pixels(case_id, demo_cells(3)[2].pixels, demo_cells(3)[2].origin)
        assert search.everywhere() == set()
        window.show_page("report")
        with qtbot.waitSignal(window.export_queue.previewed, timeout=PATIENCE_MS):
            window.export_queue.preview(case_id)
        qtbot.waitUntil(lambda: window.report.pages > 0, timeout=PATIENCE_MS)
        export_all(window, qtbot, case_id, out)
        assert search.everywhere() == set()
        assert window.close()
        with_backup = tmp_path / "backup" / "all.zip"
        store = open_store(sealed_home)
        back_up(store, with_backup)
        store.close()
        assert search.everywhere() == set()
        assert not search.tells(with_backup)
    assert search.removed > 10, "files came and went"
    messages = Outbox(sealed_home.outbox)
    assert {one.case_number for one in messages.messages()} == {NUMBER}
    assert all(one.read_bytes() for message in messages.messages() for one in messages.payload(message))
    encryption.turn_off(sealed_home)
    assert {"item.json", "message.hl7", "report.dcm", "transaction.json", "cases.db"} <= search.everywhere(), (
        "the search finds what it can"
    )
    encryption.turn_on(sealed_home, unlocked_keys.keys_at_hand()[0])
    search.found.clear()
    assert search.everywhere() == set()


def test_the_search_finds_each_kind(tmp_path: Path) -> None:
    images = images_in(tmp_path / "images")
    search = Search(images, [tmp_path])
    (tmp_path / "a").write_text(f'{{"folder": "/x/{PATIENT.lower()}"}}')
    (tmp_path / "b").write_bytes(bytes(500) + images[0][60:300])
    (tmp_path / "c").write_bytes(b"%PDF-1.7")
    (tmp_path / "d").write_bytes(b"nothing of anybody")
    assert search.everywhere() >= {"a", "b", "c"}
    assert not search.tells(tmp_path / "d")
    with listening(search):
        (tmp_path / "gone").write_text(NUMBER)
        (tmp_path / "gone").unlink()
        (tmp_path / "tree").mkdir()
        (tmp_path / "tree" / "leaf").write_text(PATIENT)
        shutil.rmtree(tmp_path / "tree")
    assert {"os.remove gone", "shutil.rmtree leaf"} <= search.found
