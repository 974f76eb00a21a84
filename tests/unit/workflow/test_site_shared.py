"""Site profiles, which one is in force and the record of the lab: in every backup, and on every workstation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from alembic import command

from leukoscope.cases.database import _config
from leukoscope.cases.lab_rules import keep_rules
from leukoscope.cases.signing_keys import KeptKeys
from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import ConflictError, SiteError
from leukoscope.domain.people import Presence
from leukoscope.inference.site_profile import LoadedProfile, SiteProfile, TaughtBundle, pack, unpack
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.backup import back_up
from leukoscope.workflow.control.overview import control_overview
from leukoscope.workflow.control.runs import ControlRuns
from leukoscope.workflow.control.wishes import with_wishes
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.restore import restore
from leukoscope.workflow.settings import Settings
from leukoscope.workflow.site.in_force import profile_in_force
from leukoscope.workflow.site.lab import Lab
from leukoscope.workflow.site.service import SiteService
from leukoscope.workflow.site.teaching import Taught
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


def site_of(store: CaseStore, home: Path) -> SiteService:
    """Another workstation on this store."""
    return SiteService(home / "site", store, OperatorSession(store, Presence, lambda _: None), KeptKeys(home))


@pytest.fixture(autouse=True)
def any_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leukoscope.workflow.site.service.refuse_other_bundles", lambda *_: None)


def runs_of(site: SiteService) -> ControlRuns:
    return ControlRuns(site._store.trail, OperatorSession(site._store, Presence, lambda _: None))


def charts_are_there(site: SiteService) -> bool:
    """Whether the run of :func:`teach` is charted, and what the laboratory wants is known."""
    (chart,) = control_overview(runs_of(site).all()).charts
    return chart.points[0].value == 214.0 and with_wishes(Settings(), site._store).control_rule == "block"


def teach(site: SiteService) -> None:
    """What teaching and daily control keep, without an engine."""
    runs_of(site).keep("Basler 100x", {"light": 214.0}, 5, "slide 3")
    keep_rules(site._store.database, site._store.trail, "rule set", {"control_rule": ("warn", "block")})
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
        assert charts_are_there(site)
        assert all(not one.faults for one in check_store(site._store))
    with pytest.raises(SiteError, match=r"not installed here \(a 1\.0\.0\).*leukoscope models receive FILE"):
        profile_in_force(AppDirs(*[tmp_path / "two"] * 4), ())


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


def test_an_upgrade_keeps_what_was_taught_and_measured(tmp_path: Path) -> None:
    with workstation(tmp_path, "one") as site:
        teach(site)
        with site._store.database.engine.connect() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.downgrade(config, "0016")
            connection.commit()
    with workstation(tmp_path, "one") as site:
        assert site.library.active is not None and site.library.active.title == "our-lab.1"
        assert charts_are_there(site)
        assert all(not one.faults for one in check_store(site._store))


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
        assert charts_are_there(alone)
        assert alone.library.get("our-lab").sha256 == profile().sha256
        assert alone.library.active is None


@pytest.fixture(params=["file", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CaseStore]:
    url = fresh_database(request.getfixturevalue("postgres")) if request.param == "server" else ""
    made = CaseStore(tmp_path / "cases", url, keys=KeptKeys(tmp_path))
    yield made
    made.close()


def test_two_workstations_that_teach_at_one_moment_lose_nothing(store: CaseStore, tmp_path: Path) -> None:
    first = site_of(store, tmp_path / "one")
    first.lab().write()
    one, two = (site_of(store, tmp_path / name) for name in ("one", "two"))
    taught = {one: one.lab(), two: two.lab()}
    for site, lab in taught.items():
        lab.deal({f"p{n}": "blast" for n in range(8)})
        open_to_it = np.array([f"p{n}" for n in range(8) if f"p{n}" not in lab.locked])
        site._keep(Taught(profile(f"{site.library.folder.parent.name}-lab"), None, ()), lab, open_to_it, None)  # type: ignore[arg-type]
    again = site_of(store, tmp_path / "three")
    assert {each.title for each in again.library.list()} == {"one-lab.1", "two-lab.1"}
    kept = again.lab()
    assert kept.locked == taught[one].locked == taught[two].locked != frozenset()
    assert all(kept.fitted_on(each.sha256) for each in again.library.list())


def test_profiles_of_one_name_have_numbers_of_their_own(store: CaseStore, tmp_path: Path) -> None:
    one, two = (site_of(store, tmp_path / name) for name in ("one", "two"))
    lab = two.lab()
    one.library.keep(profile())
    made = two._keep(Taught(profile(), None, ()), lab, np.array(["p1"]), None)  # type: ignore[arg-type]
    assert made.profile.title == "our-lab.2"
    with pytest.raises(ConflictError, match="Another workstation has just changed the site profiles"):
        one.library._write(one.library.folder / "our-lab.2.site", b"another", "")


def test_who_is_locked_away_here_and_taught_there_is_a_conflict_that_changes_nothing(
    store: CaseStore, tmp_path: Path
) -> None:
    one, two = (site_of(store, tmp_path / name) for name in ("one", "two"))
    one.lab().write()
    here, there = (Lab(site.library.folder, site._kept) for site in (one, site_of(store, two.library.folder.parent)))
    there.deal({f"p{n}": "blast" for n in range(8)})
    there.write()
    here.fitted("f" * 64, there.locked)
    with pytest.raises(SiteError, match="with other patients locked away; nothing was kept here"):
        here.write()
    assert site_of(store, tmp_path / "three").lab().fitted_on("f" * 64) is None


def test_two_who_change_what_speaks_at_one_moment_are_told(store: CaseStore, tmp_path: Path) -> None:
    for name in ("our-lab", "their-lab"):
        site_of(store, tmp_path / "one").library.keep(profile(name))
    one, two = (site_of(store, tmp_path / name) for name in ("one", "two"))
    one.activate("our-lab", ())
    count = store.trail.head().count
    with pytest.raises(ConflictError, match="nothing was changed here"):
        two.activate("their-lab", (), "at the same moment")
    assert store.trail.head().count == count, "what did not happen is not told"
    assert site_of(store, tmp_path / "two").library.active_name == "our-lab.1"
