"""A line in the clear is a choice that somebody made and that the trail knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import StoreError
from leukoscope.domain.lines import Line
from leukoscope.workflow.lines import chosen, line_of, offered, record, unconfirmed
from leukoscope.workflow.settings import Settings

DATABASE = "postgresql://ana:secret@db.hospital/leuko"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    made = CaseStore(tmp_path / "cases")
    yield made
    made.close()


def test_a_new_address_is_encrypted_unless_it_says_otherwise() -> None:
    typed = {"hl7_node": "lis:2575", "dicom_node": "plain://A@pacs:104", "database": DATABASE, "operator": "Ana"}
    settled = offered(Settings(tls_trusted="/etc/ca.pem"), typed)
    assert settled == {
        "hl7_node": "tls://lis:2575",
        "dicom_node": "plain://A@pacs:104",
        "database": f"{DATABASE}?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        "operator": "Ana",
    }
    here = "postgresql://ana@localhost/leuko"
    assert offered(Settings(), {"database": here}) == {"database": here}
    assert offered(Settings(), {"hl7_node": ""}) == {"hl7_node": ""}


def test_an_address_of_an_earlier_version_goes_on_and_is_asked_about() -> None:
    old = Settings(hl7_node="lis:2575", dicom_node="A@pacs:104", database=DATABASE)
    assert unconfirmed(old) == ("hl7_node", "dicom_node", "database")
    assert offered(old, {"hl7_node": "lis:2575", "database": DATABASE}) == {
        "hl7_node": "lis:2575",
        "database": DATABASE,
    }
    confirmed = Settings(
        **{name: chosen(old, name, encrypted) for name, encrypted in (("hl7_node", False), ("database", True))}
    )
    assert unconfirmed(confirmed) == ()
    assert line_of(confirmed, "hl7_node") is Line.PLAIN
    assert line_of(confirmed, "database") is Line.ENCRYPTED


def test_the_trail_tells_each_choice_and_no_password(store: CaseStore) -> None:
    old = Settings(hl7_node="lis:2575", database=DATABASE)
    new = Settings(hl7_node=chosen(old, "hl7_node", False), database=chosen(old, "database", True), theme="light")
    record(store, old, new)
    assert {(one.what, one.subject, one.old, one.new) for one in store.trail.entries()} == {
        ("line", "hl7_node", "unconfirmed lis:2575", "plain lis:2575"),
        ("line", "database", "unconfirmed db.hospital/leuko", "encrypted db.hospital/leuko"),
    }
    record(store, new, Settings(hl7_node=new.hl7_node, database=new.database))
    assert store.trail.head().count == 2
    assert store.trail.verify().sound


def test_a_choice_that_cannot_be_recorded_is_said(store: CaseStore) -> None:
    store.close()
    (store.folder / "cases.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError):
        record(store, Settings(), Settings(hl7_node="plain://lis:2575"))
