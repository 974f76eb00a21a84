"""Leave patients out: what is proven, what is refused, and that a file says exactly what was learned."""

from __future__ import annotations

import dataclasses
import hashlib
import zipfile
from io import BytesIO
from typing import cast

import numpy as np
import pytest

from leukoscope.domain.errors import CancelledError, SiteError
from leukoscope.domain.findings import Label
from leukoscope.domain.site_profiles import mark_in, unmarked
from leukoscope.domain.site_steps import TeachStep
from leukoscope.inference.site_heads import SiteClassHead, SiteHead
from leukoscope.inference.site_profile import LoadedProfile, pack, unpack
from leukoscope.site.cells import SiteCells
from leukoscope.site.fit import fit
from leukoscope.site.proof import BETTER, NO_BETTER, TOO_FEW, LeukemiaFigures, prove
from leukoscope.site.speaking import spoken, taught_judgements
from leukoscope.workflow.site.teaching import Taught, missing_of, teach
from tests.unit.site.builders import made, manifests


def teach_it(cells: SiteCells) -> Taught:
    return teach(cells, manifests(), name="our-lab", number=1, wanted=0.95)


@pytest.fixture(scope="module")
def taught() -> Taught:
    return teach_it(made(patients=3, cells=8, classes=("lymphocyte", "monocyte", "blast"), named=True))


def test_a_lesson_that_is_worth_it_is_proven_better(taught: Taught) -> None:
    one = taught.proof.leukemia
    assert one is not None
    shipped, new = cast(LeukemiaFigures, one.shipped), cast(LeukemiaFigures, one.taught)
    assert new.auroc.value > 0.9 > shipped.auroc.value
    assert one.gain.low > 0
    assert new.ece < 0.1
    assert taught.proof.verdict == taught.profile.profile.verdict == BETTER
    assert taught.profile.profile.proof["leukemia.taught.auroc"] == new.auroc.text
    assert taught.missing == ()


def test_nothing_is_gained_over_models_that_are_right() -> None:
    proof = prove(made(patients=3, cells=8, shipped=9.0), manifests(), 0.95)
    assert proof.leukemia is not None
    assert proof.verdict == NO_BETTER
    assert cast(LeukemiaFigures, proof.leukemia.taught).auroc.value >= 0.99


def test_too_few_patients_prove_nothing_and_the_missing_are_counted() -> None:
    cells = made(patients=2, cells=6)
    assert prove(cells, manifests(), 0.95).verdict == TOO_FEW
    assert missing_of(cells) == (
        "8 more leukemic cells of 1 more patient",
        "8 more healthy cells of 1 more patient",
    )


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (lambda: made().rows(np.arange(10)), "of one patient"),
        (lambda: made().rows(np.arange(60)), "of one class"),
        (lambda: made(patients=1), "teach nothing yet; needed are"),
        (lambda: permuted(made(patients=4)), "mixed up"),
    ],
)
def test_cells_that_teach_nothing_are_refused_in_a_sentence(cells: object, sentence: str) -> None:
    assert callable(cells)
    with pytest.raises(SiteError, match=sentence) as error:
        teach_it(cells())
    assert "\n" not in error.value.message


def permuted(cells: SiteCells) -> SiteCells:
    rng = np.random.default_rng(8)
    verdicts = cells.verdicts.copy()
    chosen = rng.permutation(len(cells))[: len(cells) // 2]
    verdicts[chosen] = verdicts[rng.permutation(chosen)]
    return dataclasses.replace(cells, verdicts=verdicts)


def test_a_fit_that_is_stopped_half_way_gives_nothing() -> None:
    def stop(step: TeachStep) -> None:
        if step.text.startswith("leaving patients out, 2"):
            raise CancelledError

    with pytest.raises(CancelledError):
        teach(made(patients=3, cells=6), manifests(), name="our-lab", number=1, wanted=0.95, on_step=stop)


def test_the_file_says_what_was_learned(taught: Taught) -> None:
    cells = made(patients=3, cells=8, classes=("lymphocyte", "monocyte", "blast"), named=True)
    lesson = fit(cells, manifests(), 0.95)
    loaded = unpack(taught.profile.data)
    assert loaded.sha256 == taught.profile.sha256
    assert lesson.leukemia is not None
    assert lesson.names is not None
    for name in ("ensemble", "hybrid"):
        head, view = loaded.head(name), cells.networks[name]
        assert isinstance(head, SiteHead)
        np.testing.assert_allclose(
            head.logits(view.features, view.logits),
            lesson.leukemia.networks[name].head.logits(view.features, view.logits),
            atol=1e-4,
        )
    head = loaded.head("differential")
    assert isinstance(head, SiteClassHead)
    assert cells.differential is not None
    view = cells.differential
    np.testing.assert_allclose(
        head.logits(view.features, view.logits), lesson.names.classes.head.logits(view.features, view.logits), atol=1e-4
    )
    pooling = loaded.pooling
    assert pooling is not None
    said = taught_judgements(cells, lesson)[0]
    assert pooling.probability(said.opinions) == pytest.approx(spoken(said).probability)


def test_what_speaks_with_a_profile_says_so(taught: Taught) -> None:
    for manifest in manifests().values():
        version = taught.profile.taught(manifest).version
        assert version == f"{manifest.version}+our-lab.1.{taught.profile.sha256[:8]}"
        assert (unmarked(version), mark_in(version)) == (manifest.version, version.partition("+")[2])
        assert len(version) <= 64


def test_a_file_names_no_patient(taught: Taught) -> None:
    for name, content in parts(taught.profile).items():
        assert b"lymphocyte-0" not in content, name
        assert b"cell 1" not in content, name


def parts(profile: LoadedProfile) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(profile.data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def rezipped(some: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in some.items():
            file.writestr(name, content)
    return out.getvalue()


def test_whatever_is_done_to_a_file_it_is_damaged_in_a_sentence(taught: Taught) -> None:
    whole = parts(taught.profile)
    arrays = whole["arrays.npz"]
    changed = {
        "cut": taught.profile.data[:-200],
        "empty": b"",
        "an array": rezipped({**whole, "arrays.npz": arrays[:500] + bytes([arrays[500] ^ 1]) + arrays[501:]}),
        "a figure": rezipped({**whole, "profile.json": whole["profile.json"].replace(b'"bias": ', b'"bias": "x')}),
        "a field": rezipped({**whole, "profile.json": whole["profile.json"].replace(b'"number"', b'"nummer"')}),
        "code beside": rezipped({**whole, "run.py": b"1"}),
        "a limit": rezipped({**whole, "profile.json": whole["profile.json"].replace(b"0.95", b"0.50")}),
        "no arrays": rezipped({"profile.json": whole["profile.json"]}),
        "an array missing": pack(taught.profile.profile, {}),
        "not finite": pack(
            taught.profile.profile,
            {name: np.full_like(values, np.inf) for name, values in taught.profile.arrays.items()},
        ),
    }
    for what, data in changed.items():
        with pytest.raises(SiteError, match="damaged or was changed by hand") as error:
            unpack(data)
        assert "\n" not in error.value.message, what


def test_a_file_of_a_later_version_is_not_called_damaged(taught: Taught) -> None:
    whole = parts(taught.profile)
    later = whole["profile.json"].replace(b'"format": 1', b'"format": 2')
    digest = hashlib.sha256(later).hexdigest().encode("ascii")
    with pytest.raises(SiteError, match="later version"):
        unpack(rezipped({**whole, "profile.json": later, "profile.sha256": digest}))


def test_a_taught_opinion_decides(taught: Taught) -> None:
    cells = made(patients=3, cells=8, classes=("lymphocyte", "monocyte", "blast"), named=True)
    lesson = fit(cells, manifests(), 0.95)
    labels = [spoken(one).finding.label for one in taught_judgements(cells, lesson)]
    decided = [(said, truth) for said, truth in zip(labels, cells.verdicts, strict=True) if said is not Label.UNSURE]
    assert len(decided) > len(cells) / 2
    assert np.mean([(said is Label.LEUKEMIC) == bool(truth) for said, truth in decided]) > 0.9
