"""Files that others have damaged, as nested deeper than anything the program writes: a sentence, no traceback."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from leukoscope.domain.errors import ReportError
from leukoscope.domain.parsing import parsed_json
from leukoscope.reports.words import load_words
from leukoscope.workflow.home import Home
from leukoscope.workflow.opening import database_address
from leukoscope.workflow.outbox import Outbox
from leukoscope.workflow.owners import Owner
from leukoscope.workflow.settings import SETTINGS_FILE, Settings, load_settings
from tests.unit.exchange import builders

NESTED = (b"[" * 3000, b'{"a":' * 3000, b"[" * 3000 + b"]" * 3000)


@pytest.mark.parametrize("data", NESTED)
def test_a_nested_file_is_a_damaged_file(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nested too deep"):
        parsed_json(data)
    (tmp_path / SETTINGS_FILE).write_bytes(data)
    assert load_settings(tmp_path) == Settings()
    assert database_address(Home(tmp_path / "data", tmp_path, tmp_path, tmp_path)) == ""
    (tmp_path / "outbox" / "x").mkdir(parents=True)
    (tmp_path / "outbox" / "x" / "item.json").write_bytes(data)
    assert Outbox(tmp_path / "outbox").messages() == ()
    for suffix in (".json", ".fhir.json"):
        (tmp_path / f"earlier{suffix}").write_bytes(data)
        with pytest.raises(ReportError, match="not of this case"):
            Owner(builders.case(2), ()).refuse_foreign(tmp_path / f"earlier{suffix}", suffix)


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
            Owner(builders.case(2), ()).refuse_foreign(tmp_path / "earlier.zip", ".zip")
    folder = tmp_path / "earlier-dicom"
    folder.mkdir()
    meta = b"\x02\0\0\0UL\x03\0\x01\0\0"
    for data in (bytes(128) + b"DICM" + meta, bytes(128) + b"DICM" + b"\x08\0\x05\0CS\x04\0I\0SO"):
        (folder / "report.dcm").write_bytes(data)
        with pytest.raises(ReportError, match="another case"):
            Owner(builders.case(2), ()).refuse_foreign(folder, "-dicom")


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
