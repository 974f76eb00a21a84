"""Files that others have damaged, as nested deeper than anything the program writes: a sentence, no traceback."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from leukoscope.cases import unlocked_keys
from leukoscope.cases.anchors import ANCHOR_FILE, NEXT_ANCHOR
from leukoscope.cases.signing_keys import KEY_FILE as SIGNING_KEY
from leukoscope.cases.signing_keys import KeptKeys
from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import LeukoScopeError, ReportError
from leukoscope.domain.parsing import parsed_json
from leukoscope.gui.single_instance import _understand
from leukoscope.inference.graph_cache import CHECKSUM_FILE, is_whole
from leukoscope.inference.manifest import MANIFEST_FILE, read_manifest
from leukoscope.reports.words import load_words
from leukoscope.system.temporary_files import Stages
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.backup_check import LIST_FILE
from leukoscope.workflow.case_place import database_address
from leukoscope.workflow.delivery.outbox import Outbox
from leukoscope.workflow.export import formats
from leukoscope.workflow.export.ownership import Owner
from leukoscope.workflow.restore import restore
from leukoscope.workflow.settings import GOOD_COPY, SETTINGS_FILE, Settings, heal_settings, load_settings
from leukoscope.workflow.store_keys import KEY_FILE, bring
from leukoscope.workflow.trail_stamps import read_stamps
from tests.unit.exchange import builders

DAMAGE = {
    "empty": b"",
    "cut off": b'{"state": "on", "key"',
    "nested lists": b"[" * 3000,
    "nested objects": b'{"a":' * 3000,
    "nested and whole": b"[" * 3000 + b"]" * 3000,
    "many digits": b'{"count": ' + b"9" * 5000 + b"}",
    "a huge number": b'{"count": 1'
    + b"0" * 400
    + b', "seal": "", "paths": ["", "", ""], "owner": [1'
    + b"0" * 400
    + b", 1]}",
    "a number that overflows": b'{"count": 1e999, "seal": "x", "owner": [1e999, 1e999], "paths": ["a", "", ""]}',
    "no number": b'{"count": NaN, "seal": "x", "owner": [NaN, NaN], "paths": ["a", "", ""]}',
    "a name twice": b'{"state": "on", "state": "off", "key": "", "public": "", "private": "", "private": "x",'
    b' "joined": []}',
    "not UTF-8": b'{"state": "\xff\xfe", "key": "\xc3"}',
    "UTF-16": '{"state": "on", "key": "x"}'.encode("utf-16"),
    "zeros": bytes(64),
    "a list": b"[]",
    "a list of lists": b"[[[]]]",
    "a number": b"3",
    "nothing": b"null",
    "a text": b'"text"',
    "an empty object": b"{}",
    "words instead of keys": b'{"state": "on", "key": "zz", "public": "zz", "private": "zz", "joined": [], "count": 1,'
    b' "seal": "zz", "signer": "zz", "signature": "zz", "paths": ["a", "b", "c"], "owner": [1, 0]}',
    "names without values": b'{"state": null, "key": null, "public": null, "private": null, "joined": null,'
    b' "count": null, "seal": null, "paths": null, "owner": null, "aside": null, "folder": null}',
    "values of another kind": b'{"state": [], "key": {}, "public": [1], "private": {"a": 1}, "joined": 3, "count": "x",'
    b' "seal": [], "paths": [1, 2, 3], "owner": ["a", "b"], "aside": 5, "folder": [], "files": 1, "revision": []}',
    "a path that leads out": b'{"aside": "../../x", "folder": "../..", "paths": ["/etc/passwd", "", ""],'
    b' "owner": [1, 1]}',
    "zeros in a path": b'{"aside": "a\\u0000", "folder": "b\\u0000", "paths": ["\\u0000", "\\u0000", "\\u0000"],'
    b' "owner": [1, 1]}',
}
"""What a person, a disk or a synchronized folder makes of a file of JSON."""


class Files:
    """A home and a case store, and every way in which the program reads a file of JSON there."""

    def __init__(self, root: Path, whole: Path) -> None:
        self.root = root
        self.home = AppDirs(root / "data", root / "cache", root / "config", root / "logs")
        self.home.make()
        shutil.copytree(whole, self.home.cases)

    def settings(self, data: bytes) -> None:
        (self.home.config / SETTINGS_FILE).write_bytes(data)
        assert isinstance(load_settings(self.home.config), Settings)
        database_address(self.home)

    def last_good_settings(self, data: bytes) -> None:
        (self.home.config / GOOD_COPY).write_bytes(data)
        (self.home.config / SETTINGS_FILE).write_bytes(b"{")
        assert isinstance(load_settings(self.home.config), Settings)
        database_address(self.home)
        heal_settings(self.home.config)

    def marker_of_encryption(self, data: bytes) -> None:
        (self.home.cases / unlocked_keys.MARKER).write_bytes(data)
        bring(self.home)
        assert unlocked_keys.cipher_of(self.home.cases) is not None, "what is new would be written in the clear"

    def keys_of_stores(self, data: bytes) -> None:
        (self.home.config / KEY_FILE).write_bytes(data)
        unlocked_keys.write_mark(self.home.cases, unlocked_keys.Mark(unlocked_keys.State.ON, "key"))
        assert bring(self.home).state is unlocked_keys.State.ON
        unlocked_keys.cipher_of(self.home.cases)

    def signing_key(self, data: bytes) -> None:
        (self.home.config / SIGNING_KEY).write_bytes(data)
        keys = KeptKeys(self.home.config)
        keys.key()
        keys.has_joined("x")

    def anchor(self, data: bytes) -> None:
        for name in (ANCHOR_FILE, NEXT_ANCHOR):
            (self.home.cases / name).write_bytes(data)
        CaseStore(self.home.cases, keys=KeptKeys(self.home.config)).close()

    def timestamps(self, data: bytes) -> None:
        (self.root / "head.json.stamps").write_bytes(data)
        read_stamps(self.root / "head.json.stamps")
        raise AssertionError("taken for timestamps")

    def restore_that_was_ready(self, data: bytes) -> None:
        self._left("ready.json", data)

    def images_of_a_restore(self, data: bytes) -> None:
        self._left("added.json", data)

    def _left(self, name: str, data: bytes) -> None:
        stage = self.home.cases / "restoring"
        stage.mkdir()
        (stage / name).write_bytes(data)
        CaseStore(self.home.cases, keys=KeptKeys(self.home.config)).close()

    def note_of_a_stage(self, data: bytes) -> None:
        notes, stays = self.root / "notes", self.root / "stays"
        notes.mkdir()
        stays.write_bytes(b"another's")
        (notes / "a.json").write_bytes(data)
        Stages().begin(notes)
        assert stays.exists()

    def message(self, data: bytes) -> None:
        item = self.home.outbox / "x"
        item.mkdir(parents=True)
        (item / "item.json").write_bytes(data)
        assert Outbox(self.home.outbox).messages() == ()

    def seal_of_a_graph(self, data: bytes) -> None:
        (self.root / CHECKSUM_FILE).write_bytes(data)
        assert not is_whole(self.root)

    def manifest(self, data: bytes) -> None:
        (self.root / MANIFEST_FILE).write_bytes(data)
        read_manifest(self.root)
        raise AssertionError("taken for a manifest")

    def list_of_a_backup(self, data: bytes) -> None:
        with zipfile.ZipFile(self.root / "backup.zip", "w") as archive:
            archive.writestr(LIST_FILE, data)
            archive.writestr("cases.db", b"")
        restore(self.home.cases, self.root / "backup.zip", keys=KeptKeys(self.home.config))
        raise AssertionError("restored")

    def earlier_export(self, data: bytes) -> None:
        for kind in (formats.FINDINGS, formats.FHIR):
            (self.root / f"earlier{kind.suffix}").write_bytes(data)
            if data and data != b"[]":
                with pytest.raises(ReportError, match="not of this case"):
                    Owner(builders.case(2), ()).refuse_foreign(self.root / f"earlier{kind.suffix}", kind)

    def other_start(self, data: bytes) -> None:
        _understand(data)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without a fault, to copy."""
    folder = tmp_path_factory.mktemp("whole") / "cases"
    CaseStore(folder, keys=KeptKeys(folder.parent)).close()
    return folder


READERS = [name for name in vars(Files) if not name.startswith("_")]


@pytest.mark.parametrize("reader", READERS)
def test_a_damaged_file_is_one_sentence_or_as_if_it_were_not_there(
    reader: str, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    unlocked_keys.lock_all()
    wrong: dict[str, str] = {}
    for number, (damage, data) in enumerate(DAMAGE.items()):
        try:
            getattr(Files(tmp_path / str(number), whole), reader)(data)
        except LeukoScopeError as error:
            if not re.search(r"[.;?]", error.message) or re.search(r"Error\b|Expecting|line \d", error.message):
                wrong[damage] = error.message
        except Exception as error:  # noqa: BLE001 - a traceback is what is looked for
            wrong[damage] = repr(error)
    assert wrong == {}


def test_every_reader_of_files_goes_the_same_way(repository: Path) -> None:
    """What Python's own reader is used for: model files, in a process of their own, with limits and a sentence."""
    own = {
        "domain/parsing.py",
        "inference/safety.py",
        "inference/canonical.py",
        "inference/heads.py",
        "inference/two_files.py",
        "inference/keras2/reading.py",
    }
    root = repository / "leukoscope"
    found = {
        one.relative_to(root).as_posix()
        for one in root.rglob("*.py")
        if re.search(r"\bjson\.loads?\(", one.read_text(encoding="utf-8"))
    }
    assert found == own


NESTED = (b"[" * 3000, b'{"a":' * 3000, b"[" * 3000 + b"]" * 3000)


@pytest.mark.parametrize("data", NESTED)
def test_a_nested_file_is_a_damaged_file(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nested too deep"):
        parsed_json(data)
    (tmp_path / SETTINGS_FILE).write_bytes(data)
    assert load_settings(tmp_path) == Settings()
    assert database_address(AppDirs(tmp_path / "data", tmp_path, tmp_path, tmp_path)) == ""
    (tmp_path / "outbox" / "x").mkdir(parents=True)
    (tmp_path / "outbox" / "x" / "item.json").write_bytes(data)
    assert Outbox(tmp_path / "outbox").messages() == ()
    for kind in (formats.FINDINGS, formats.FHIR):
        (tmp_path / f"earlier{kind.suffix}").write_bytes(data)
        with pytest.raises(ReportError, match="not of this case"):
            Owner(builders.case(2), ()).refuse_foreign(tmp_path / f"earlier{kind.suffix}", kind)


def test_a_damaged_earlier_export_is_not_of_this_case(tmp_path: Path) -> None:
    """Found by fuzzing: readers of others raise more than they say."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("report.fhir.json", "{}")
    newer = bytearray(whole.getvalue())
    newer[newer.index(b"PK\x01\x02") + 6] = 255
    locked = bytearray(whole.getvalue())
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    for data in (newer, locked):
        (tmp_path / "earlier.zip").write_bytes(data)
        with pytest.raises(ReportError, match="not of this case"):
            Owner(builders.case(2), ()).refuse_foreign(tmp_path / "earlier.zip", formats.ZIP)
    folder = tmp_path / "earlier-dicom"
    folder.mkdir()
    meta = b"\x02\0\0\0UL\x03\0\x01\0\0"
    for data in (bytes(128) + b"DICM" + meta, bytes(128) + b"DICM" + b"\x08\0\x05\0CS\x04\0I\0SO"):
        (folder / "report.dcm").write_bytes(data)
        with pytest.raises(ReportError, match="another case"):
            Owner(builders.case(2), ()).refuse_foreign(folder, formats.DICOM)


@pytest.mark.parametrize("target", ["{n Zellen", "{x} Zellen", "{n!z}", "{n.real.x}", "{0} Zellen", "} Zellen"])
def test_a_translation_with_wrong_placeholders_is_said_in_english(target: str, tmp_path: Path) -> None:
    (tmp_path / "leukoscope_de.ts").write_text(
        f"<TS><context><name>Report</name><message><source>{{n}} cells</source>"
        f"<translation>{target}</translation></message></context></TS>",
        encoding="utf-8",
    )
    assert load_words("de", tmp_path).counted(3, "{n} cell", "{n} cells") == "3 cells"


def test_a_catalog_in_letters_that_nobody_knows_gives_english(tmp_path: Path) -> None:
    (tmp_path / "leukoscope_de.ts").write_bytes(b'<?xml version="1.0" encoding="u-1f-8"?><TS></TS>')
    assert load_words("de", tmp_path).texts == {}
