"""Site profiles, which one is in force and the record of the lab: in every backup, and on every workstation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from leukoscope.cases.signing_keys import KeptKeys
from leukoscope.cases.store import CaseStore
from leukoscope.domain.people import Presence
from leukoscope.inference.site_profile import LoadedProfile, SiteProfile, TaughtBundle, pack, unpack
from leukoscope.workflow.backup import back_up
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.restore import restore
from leukoscope.workflow.site.service import SiteService
from leukoscope.workflow.store_check import check_store
from tests.unit.cases.postgres import fresh_database


def profile(name: str = "our-lab") -> LoadedProfile:
    bundle = TaughtBundle(name="a", version="1.0.0", model_sha256="0" * 64, kind="network")
    made = SiteProfile(
        name=name, number=1, created="2026-01-01", program="1", wanted_accuracy=0.95, bundles=(bundle,), cells={},
        patients={}, proof={}, verdict="better", arrays_sha256="0" * 64,
    )  # fmt: skip
    return unpack(pack(made, {}))


@contextmanager
def workstation(tmp_path: Path, name: str, url: str = "") -> Iterator[SiteService]:
    """A workstation of this name, on its own cases or on those of a server."""
    home = tmp_path / name
    home.mkdir(exist_ok=True)
    store = CaseStore(home / "cases", url, keys=KeptKeys(home))
    try:
        yield SiteService(home / "site", store, OperatorSession(store, Presence, lambda _: None), KeptKeys(home))
    finally:
        store.close()


@pytest.fixture(autouse=True)
def any_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leukoscope.workflow.site.service.refuse_other_bundles", lambda *_: None)


def teach(site: SiteService) -> None:
    """What teaching keeps, without an engine."""
    site.library.keep(profile())
    lab = site.lab()
    lab.deal({f"p{n}": "blast" for n in range(8)})
    lab.write()
    site.activate("our-lab", ())


def test_a_backup_brings_back_what_was_taught(tmp_path: Path) -> None:
    with workstation(tmp_path, "one") as site:
        teach(site)
        locked = site.lab().locked
        back_up(site._store, tmp_path / "backup.zip")
    with workstation(tmp_path, "one") as site:
        site.library.keep(profile("their-lab"))
        site.activate("their-lab", (), "a new camera")
    restored = tmp_path / "two" / "cases"
    restored.parent.mkdir()
    restore(restored, tmp_path / "backup.zip")
    with workstation(tmp_path, "two") as site:
        assert site.library.active is not None
        assert site.library.active.title == "our-lab.1"
        assert site.lab().locked == locked
        assert site.lab().pseudonym("Jane Doe") != "Jane Doe"
        assert all(not one.faults for one in check_store(site._store))


def test_a_workstation_that_taught_before_the_store_knew_of_it_brings_it_in(tmp_path: Path) -> None:
    folder = tmp_path / "one" / "site"
    folder.mkdir(parents=True)
    (folder / "our-lab.1.site").write_bytes(profile().data)
    (folder / "a stranger.txt").write_text("x", encoding="utf-8")
    with workstation(tmp_path, "one") as site:
        assert set(site._store.site_files.digests()) == {"our-lab.1.site"}
        (folder / "our-lab.1.site").write_bytes(b"changed by hand")
    with workstation(tmp_path, "one") as site:
        assert site.library.get("our-lab").sha256 == profile().sha256


def test_all_workstations_of_a_server_speak_with_what_one_has_put_in_force(postgres: str, tmp_path: Path) -> None:
    url = fresh_database(postgres)
    with workstation(tmp_path, "one", url) as one:
        teach(one)
        locked = one.lab().locked
        with workstation(tmp_path, "two", url) as two:
            assert two.library.active is not None
            assert two.library.active.sha256 == profile().sha256
            assert two.lab().locked == locked
            assert two.lab().pseudonym("Jane") == one.lab().pseudonym("Jane")
            two.retire("a new camera")
        with workstation(tmp_path, "one", url) as again:
            assert again.library.active is None
            assert again.library.former_name == "our-lab.1"
        back_up(one._store, tmp_path / "backup.zip")
    restored = tmp_path / "alone" / "cases"
    restored.parent.mkdir()
    restore(restored, tmp_path / "backup.zip")
    with workstation(tmp_path, "alone") as alone:
        assert alone.library.get("our-lab").sha256 == profile().sha256
        assert alone.library.active is None
