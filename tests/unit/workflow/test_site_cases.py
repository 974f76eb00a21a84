"""Labeled cells of the lab's own cases, and who may put a profile in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.cases.signing_keys import KeptKeys
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import AccessError, SiteError
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import named
from leukoscope.domain.microscopes import Microscope
from leukoscope.domain.people import Presence, Role, Rules
from leukoscope.domain.site_labels import LabeledCell
from leukoscope.inference.site_profile import LoadedProfile, SiteProfile, TaughtBundle, pack, unpack
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.site.from_cases import read_cases
from leukoscope.workflow.site.lab import Lab
from leukoscope.workflow.site.labeled import Reading, one_microscope
from leukoscope.workflow.site.overview import count_cells
from leukoscope.workflow.site.profile_library import signature_sentence, signing_text
from leukoscope.workflow.site.service import SiteService
from tests.unit.cases.builders import analysis

PASSWORD = "a short sentence"


def png(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[CaseRepository]:
    one = CaseRepository(tmp_path / "cases")
    yield one
    one.close()


def case(
    repository: CaseRepository, header: CaseHeader, data: bytes, code: str, *, done: bool = True, camera: str = ""
) -> None:
    """A case of three cells, of which the first is named and the others are called healthy."""
    store = repository.store
    case_id = store.create(header)
    found = analysis(data, cells=3)
    assert found.frame is not None
    origin = replace(found.frame.origin, microscope=Microscope(camera, "100x" if camera else ""))
    frame = store.frames.add(case_id, replace(found, frame=replace(found.frame, origin=origin)), data)
    store.decide(frame.cells[0].id, named(code), "Ana")
    for cell in frame.cells[1:]:
        store.decide(cell.id, Label.HEALTHY, "Ana")
    if done:
        store.signing.mark_reviewed(case_id)


def read(repository: CaseRepository, tmp_path: Path) -> tuple[list[LabeledCell], Reading]:
    reading = Reading()
    return list(read_cases(repository, Lab(tmp_path / "site"), reading)), reading


def test_what_people_decided_in_reviewed_cases_counts_under_a_pseudonym(
    repository: CaseRepository, tmp_path: Path
) -> None:
    case(repository, CaseHeader("1", "Jane Doe", patient_id="77"), png(1), "blast")
    case(repository, CaseHeader("2", "Jane Doe", patient_id="77"), png(2), "monocyte")
    case(repository, CaseHeader("3", "Rob Roe"), png(3), "blast", done=False)
    cells, reading = read(repository, tmp_path)
    # The second cell of each image lies at its edge.
    assert [cell.said.word for cell in cells] == ["monocyte", "healthy", "blast", "healthy"] or [
        cell.said.word for cell in cells
    ] == ["blast", "healthy", "monocyte", "healthy"]
    assert len({cell.subject for cell in cells}) == 1
    assert "Doe" not in cells[0].subject
    assert not reading.disagreements
    assert not reading.refused


def test_cells_of_two_microscopes_are_told_apart(repository: CaseRepository, tmp_path: Path) -> None:
    for seed, camera in ((1, "Basler"), (2, "Basler"), (3, "Zeiss")):
        case(repository, CaseHeader(str(seed), f"Doe {seed}"), png(seed), "blast", camera=camera)
    cells, reading = read(repository, tmp_path)
    found = count_cells(cells, reading, lambda _: None)
    assert found.microscopes == ("Basler 100x", "Zeiss 100x")
    assert "taken with two microscopes" in found.obstacle
    assert all(f"“{name}”" in found.obstacle for name in found.microscopes)
    own = list(read_cases(repository, Lab(tmp_path / "site"), reading, "basler 100x"))
    assert len(own) == 4 and list(one_microscope(own)) == own


def test_the_same_cell_under_two_names_is_to_be_settled(repository: CaseRepository, tmp_path: Path) -> None:
    case(repository, CaseHeader("1", "Jane"), png(1), "blast")
    case(repository, CaseHeader("2", "Jane"), png(1), "monocyte")
    cells, reading = read(repository, tmp_path)
    assert [cell.said.word for cell in cells] == ["healthy"]
    assert [one.labels for one in reading.disagreements] == [("blast", "monocyte")]
    assert reading.copies == 1


def profile(verdict: str, name: str = "our-lab", version: str = "1.0.0") -> LoadedProfile:
    bundle = TaughtBundle(name="a", version=version, model_sha256="0" * 64, kind="network")
    made = SiteProfile(
        name=name, number=1, created="2026-01-01", program="1", wanted_accuracy=0.95, bundles=(bundle,), cells={},
        patients={}, proof={}, verdict=verdict, arrays_sha256="0" * 64,
    )  # fmt: skip
    return unpack(pack(made, {}))


@pytest.fixture
def keys(tmp_path: Path) -> KeptKeys:
    return KeptKeys(tmp_path)


@pytest.fixture
def operator(repository: CaseRepository) -> OperatorSession:
    for role in (Role.TECHNICIAN, Role.ADMINISTRATOR):
        repository.store.people.add(role.value, role, PASSWORD)
    repository.store.people.set_rules(Rules(accounts=True))
    return OperatorSession(repository.store, Presence, lambda _: None)


def test_only_an_administrator_puts_a_profile_in_force_and_takes_it_back(
    repository: CaseRepository,
    operator: OperatorSession,
    keys: KeptKeys,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("leukoscope.workflow.site.service.refuse_other_bundles", lambda *_: None)
    site = SiteService(tmp_path / "site", repository.store, operator, keys)
    site.library.keep(profile("better"))
    site.library.keep(profile("no better", "their-lab"))
    operator.sign_in("technician", PASSWORD)
    for act in (lambda: site.activate("our-lab", ()), site.retire, lambda: site.take(tmp_path / "none.site")):
        with pytest.raises(AccessError, match="Only an administrator can put a site profile in force"):
            act()
    assert site.library.active is None
    operator.sign_in("administrator", PASSWORD)
    with pytest.raises(SiteError, match="was proven no better; an administrator must write a reason"):
        site.activate("their-lab", ())
    assert site.library.active is None
    site.activate("our-lab", ())
    site.activate("their-lab", (), "the new camera comes tomorrow")
    assert site.library.active_name == "their-lab.1"
    assert site.retire() == "their-lab.1"
    assert site.library.active is None
    with pytest.raises(SiteError, match="No site profile is in force"):
        site.retire()
    told = [(one.what, one.subject, one.old, one.reason) for one in repository.store.trail.entries()]
    assert ("site profile in force", "their-lab.1", "our-lab.1", "the new camera comes tomorrow") in told
    assert ("site profile retired", "their-lab.1", "their-lab.1", "") in told


def test_a_profile_of_other_models_is_refused(
    repository: CaseRepository, operator: OperatorSession, keys: KeptKeys, tmp_path: Path
) -> None:
    site = SiteService(tmp_path / "site", repository.store, operator, keys)
    site.library.keep(profile("better", version="0.9.0"))
    operator.sign_in("administrator", PASSWORD)
    with pytest.raises(SiteError, match=r"was taught with the models a 0\.9\.0; choose these, or teach it anew"):
        site.activate("our-lab", ())
    assert site.library.active is None


def test_what_was_changed_after_it_was_put_in_force_speaks_no_longer(
    repository: CaseRepository,
    operator: OperatorSession,
    keys: KeptKeys,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("leukoscope.workflow.site.service.refuse_other_bundles", lambda *_: None)
    site = SiteService(tmp_path / "site", repository.store, operator, keys)
    site.library.keep(profile("better"))
    operator.sign_in("administrator", PASSWORD)
    site.activate("our-lab", ())
    with pytest.raises(SiteError, match=r"There is another site profile “our-lab\.1” already"):
        site.library.keep(profile("no better"))
    file = tmp_path / "site" / "our-lab.1.site"
    file.write_bytes(profile("no better").data)
    with pytest.raises(SiteError, match="damaged or was changed by hand"):
        _ = site.library.active
    file.unlink()
    with pytest.raises(SiteError, match="is gone or damaged"):
        _ = site.library.active
    assert site.retire() == "our-lab.1"


def test_a_signature_is_of_this_profile_and_of_a_key_that_is_named(keys: KeptKeys, tmp_path: Path) -> None:
    def sign(sha256: str) -> tuple[str, str]:
        return keys.public, keys.key().sign(signing_text(sha256))

    plain = profile("better")
    signed = unpack(pack(plain.profile, {}, sign))
    assert signature_sentence(plain, keys.public) == "It is not signed."
    assert signature_sentence(signed, keys.public) == "It is signed by this installation."
    (tmp_path / "other").mkdir()
    assert keys.public[:16] in signature_sentence(signed, KeptKeys(tmp_path / "other").public)
    forged = unpack(pack(plain.profile, {}, lambda _: sign("0" * 64)))
    with pytest.raises(SiteError, match="signature of this site profile is not valid"):
        signature_sentence(forged, keys.public)
