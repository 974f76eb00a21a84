"""A new profile takes over from another only where it is better on locked patients, or with a reason."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from leukoscope.cases.signing_keys import KeptKeys
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import SiteError
from leukoscope.domain.findings import Label
from leukoscope.domain.people import Presence
from leukoscope.inference.library import BundleLibrary, InstalledBundle
from leukoscope.inference.site_profile import LoadedProfile
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.model_panel import ModelPanel, make_panel
from leukoscope.workflow.model_runtime import choose
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.site.challenge import Challenge
from leukoscope.workflow.site.corrections import Corrections, corrections_since_teaching
from leukoscope.workflow.site.labeled import Reading, read_folder
from leukoscope.workflow.site.profile_list import list_profiles
from leukoscope.workflow.site.service import TAUGHT, SiteService
from tests.labeled_cells import write_labeled_cells
from tests.unit.cases.builders import analysis


@dataclass
class Taught:
    """Two profiles taught by the same cells, the first in force, and the models that speak with each."""

    site: SiteService
    store: CaseRepository
    operator: OperatorSession
    bundles: tuple[InstalledBundle, ...]
    profiles: tuple[LoadedProfile, LoadedProfile]
    panels: tuple[ModelPanel, ModelPanel]
    cells: Path

    def challenge(self) -> object:
        old, new = zip(self.profiles, self.panels, strict=True)
        compared = Challenge(self.store.store, self.operator, self.site.lab)
        return compared.run(lambda lab: read_folder(self.cells, lab, Reading()), old, new)


@pytest.fixture(scope="module")
def taught(small_bundles: Path, small_graphs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taught]:
    root = tmp_path_factory.mktemp("challenge")
    graphs = root / "graphs"
    shutil.copytree(small_graphs, graphs)
    bundles = choose(BundleLibrary(small_bundles, small_bundles / "none"), ())
    repository = CaseRepository(root / "cases")
    operator = OperatorSession(repository.store, Presence, lambda _: None)
    site = SiteService(root / "site", repository.store, operator, KeptKeys(root))
    cells = write_labeled_cells(root / "cells", each=3)
    shipped = make_panel(bundles, graphs)
    profiles = tuple(
        site.teach(lambda lab: read_folder(cells, lab, Reading()), shipped, "our-lab")[0].profile for _ in range(2)
    )
    shipped.close()
    panels = tuple(make_panel(bundles, graphs, None, profile) for profile in profiles)
    site.activate("our-lab.1", bundles, "to begin with")
    yield Taught(site, repository, operator, bundles, profiles, panels, cells)  # type: ignore[arg-type]
    for panel in panels:
        panel.close()
    repository.close()


def test_who_was_not_compared_needs_a_reason_and_each_look_is_counted(taught: Taught) -> None:
    site = taught.site
    with pytest.raises(SiteError, match="must write a reason"):
        site.activate("our-lab.2", taught.bundles)
    before = len(site.lab().looks)
    (proof, part) = taught.challenge()  # type: ignore[misc]
    # Two profiles of the same cells are as good as each other.
    assert proof.leukemia.gain.value == pytest.approx(0, abs=1e-6)
    assert proof.verdict != "better"
    assert part.patients == len(site.lab().locked) == 4
    assert part.looks == before + 1
    assert site.lab().looks[-1].what == "our-lab.2 beside our-lab.1"
    told = next(one for one in taught.store.store.trail.entries())
    assert (told.what, told.subject) == ("site profiles compared", "our-lab.2")
    assert told.new == f"beside our-lab.1: {proof.verdict}"
    first, second = list_profiles(site, taught.bundles).profiles
    assert (first.champion, second.champion, second.challenge) == ("", "our-lab.1", proof.verdict)
    assert second.needs_reason


def test_one_that_was_better_takes_over_and_the_former_may_come_back(taught: Taught) -> None:
    site = taught.site
    old, new = taught.profiles
    lab = site.lab()
    lab.compared(new.sha256, old.sha256, "no better")
    lab.write()
    if new.profile.verdict == "better":
        with pytest.raises(SiteError, match=r"was compared with “our-lab\.1”, which speaks now: no better"):
            site.activate("our-lab.2", taught.bundles)
    lab.compared(new.sha256, old.sha256, "better")
    lab.write()
    reason = "" if new.profile.verdict == "better" else "its proof has too few cells"
    assert site.activate("our-lab.2", taught.bundles, reason).title == "our-lab.2"
    assert site.go_back(taught.bundles) == "our-lab.1"


def test_patients_that_either_was_taught_with_do_not_count(taught: Taught) -> None:
    lab = taught.site.lab()
    lab.fitted(taught.profiles[1].sha256, lab.locked)
    lab.write()
    looks = len(lab.looks)
    with pytest.raises(SiteError, match="None of these patients is locked away"):
        taught.challenge()
    assert len(taught.site.lab().looks) == looks, "nothing was seen"


def test_corrections_count_since_the_last_teaching(tmp_path: Path) -> None:
    repository = CaseRepository(tmp_path / "cases")
    store = repository.store
    assert corrections_since_teaching(store) == Corrections()

    def corrected(number: str) -> None:
        case_id = store.create(CaseHeader(number))
        frame = store.frames.add(case_id, analysis(number.encode(), cells=3), number.encode())
        store.decide(frame.cells[2].id, Label.HEALTHY, "Ana")
        store.signing.mark_reviewed(case_id)

    corrected("1")
    store.trail.tell(TAUGHT, subject="our-lab.1", new="0" * 64)
    assert corrections_since_teaching(store) == Corrections(0, "our-lab.1")
    for number in range(2, 22):
        corrected(str(number))
    found = corrections_since_teaching(store)
    assert found == Corrections(20, "our-lab.1")
    assert found.is_enough
    repository.close()
