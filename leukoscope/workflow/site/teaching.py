"""Teach a profile and prove it: labeled cells in, a file and a proof out; nothing is changed before the end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from leukoscope import __version__
from leukoscope.domain.errors import SiteError
from leukoscope.domain.findings import Label
from leukoscope.domain.morphology import FIGURES
from leukoscope.domain.site_labels import Group, classes, sides
from leukoscope.domain.site_steps import OnStep, nobody_listens
from leukoscope.inference.manifest import Band, Manifest
from leukoscope.inference.site_profile import (
    LoadedProfile,
    Optics,
    PoolingRule,
    SiteProfile,
    TaughtBundle,
    pack,
    unpack,
)
from leukoscope.site.cells import SiteCells
from leukoscope.site.fit import Lesson, fit, sides_of
from leukoscope.site.heads import class_of
from leukoscope.site.proof import ClassFigures, Comparison, LeukemiaFigures, Proof, prove

Signer = Callable[[str], tuple[str, str]]
_VERDICTS = {1: Label.LEUKEMIC, 0: Label.HEALTHY}
MIXED_UP, MIXED_UP_NAMES = 0.75, 0.6
"""Lessons whose AUROC or balanced accuracy on other patients stay below were taught by mixed-up labels: with a permuted
half a fourth of the labels is wrong, and what is told apart with 0.93 seems to be told apart with 0.72."""


@dataclass(frozen=True, eq=False)
class Taught:
    """A profile with its proof, not kept yet; ``missing`` says in numbers what more cells would be of use."""

    profile: LoadedProfile
    proof: Proof
    missing: tuple[str, ...]


def missing_of(cells: SiteCells) -> tuple[str, ...]:
    """What is missing to tell whether a lesson is better, in numbers; empty when nothing is."""
    subjects = [str(who) for who in cells.subjects]
    found: list[Group] = list(classes([str(code) for code in cells.codes], subjects))
    if not found or (sides_of(cells) != "").any():
        found += sides([_VERDICTS.get(int(one)) for one in cells.verdicts], subjects)
    return tuple(one.missing for one in found if one.missing)


def refuse_unteachable(cells: SiteCells) -> None:
    """Raise SiteError, with what is missing in numbers, for cells that teach nothing at all."""
    kinds = {
        class_of(str(code)) or str(int(verdict)) for code, verdict in zip(cells.codes, cells.verdicts, strict=True)
    }
    if sentence := unteachable(set(cells.subjects.tolist()), kinds, missing_of(cells)):
        raise SiteError(sentence)


def unteachable(patients: Collection[str], kinds: Collection[str], missing: tuple[str, ...]) -> str:
    """Why cells of these patients and kinds teach nothing at all, in a sentence; empty when they may."""
    if len(patients) < 2:
        return (
            "All these cells are of one patient; label cells of at least two patients of each class, so that what was "
            "learned can be tried on another one."
        )
    if len(kinds) < 2:
        return f"All these cells are of one class; needed are {_and(missing)}."
    return ""


def _and(parts: tuple[str, ...]) -> str:
    return " and ".join(parts) or "cells of another class"


def teach(
    cells: SiteCells,
    manifests: Mapping[str, Manifest],
    *,
    name: str,
    number: int,
    wanted: float,
    on_step: OnStep = nobody_listens,
    signer: Signer | None = None,
) -> Taught:
    """Prove by leaving patients out, then learn from all.

    Parameters
    ----------
    cells
        Without those of locked patients.
    manifests
        Of all shipped bundles that judge, by name.
    name, number
        Of the profile.
    wanted
        Accuracy that decided cells shall have.
    on_step
        Told where it is; may raise to stop: nothing has been kept then.
    signer
        Signs the profile for the lab.

    Raises
    ------
    SiteError
        When the cells teach nothing.
    """
    refuse_unteachable(cells)
    try:
        proof = prove(cells, manifests, wanted, on_step)
    except ValueError as error:
        raise SiteError(f"These cells teach nothing yet; needed are {_and(missing_of(cells))}.", repr(error)) from error
    lesson = fit(cells, manifests, wanted, on_step)
    if lesson.leukemia is None and lesson.names is None:
        raise SiteError(f"These cells teach nothing yet; needed are {_and(missing_of(cells))}.")
    _refuse_mixed_up(proof)
    made, arrays = _profile(cells, lesson, manifests, proof, (name, number, wanted))
    return Taught(unpack(pack(made, arrays, signer)), proof, missing_of(cells))


def _refuse_mixed_up(proof: Proof) -> None:
    sides, names = proof.leukemia, proof.classes
    taught = [
        sides is not None and isinstance(sides.taught, LeukemiaFigures) and sides.taught.auroc.value < MIXED_UP,
        names is not None and isinstance(names.taught, ClassFigures)
        and names.taught.balanced_accuracy.value < MIXED_UP_NAMES,
    ]  # fmt: skip
    if any(taught):
        raise SiteError(
            "What was learned of some patients says nothing of the others: the labels seem to be mixed up; "
            "check that every cell lies in the folder of its class and its patient."
        )


def _profile(
    cells: SiteCells,
    lesson: Lesson,
    manifests: Mapping[str, Manifest],
    proof: Proof,
    named: tuple[str, int, float],
) -> tuple[SiteProfile, dict[str, NDArray[np.float32]]]:
    arrays: dict[str, NDArray[np.float32]] = {}
    bundles = tuple(_bundle(manifest, lesson, arrays) for manifest in manifests.values())
    name, number, wanted = named
    profile = SiteProfile(
        name=name,
        number=number,
        created=datetime.now(UTC).date().isoformat(),
        program=__version__,
        wanted_accuracy=wanted,
        bundles=bundles,
        pooling=_pooling(lesson),
        optics=optics_of(cells),
        cells=_counts(cells, lambda chosen: int(chosen.sum())),
        patients=_counts(cells, lambda chosen: int(np.unique(cells.subjects[chosen]).size)),
        proof=proof_figures(proof),
        verdict=proof.verdict,
        arrays_sha256="0" * 64,
    )
    return profile, arrays


def _counts(cells: SiteCells, count: Callable[[NDArray[np.bool_]], int]) -> dict[str, int]:
    words = np.where(cells.codes != "", cells.codes, sides_of(cells))
    return {str(word): count(words == word) for word in np.unique(words)}


def _pooling(lesson: Lesson) -> PoolingRule | None:
    taught = lesson.leukemia
    if taught is None:
        return None
    weights = {one: float(weight) for one, weight in zip(taught.order, taught.pool.weights, strict=True)}
    return PoolingRule(weights=weights, bias=taught.pool.bias, band=Band(low=taught.band.low, high=taught.band.high))


def _bundle(manifest: Manifest, lesson: Lesson, arrays: dict[str, NDArray[np.float32]]) -> TaughtBundle:
    name, found = manifest.name, dict[str, object]()
    leukemia, names = lesson.leukemia, lesson.names
    if leukemia is not None and name in leukemia.bands:
        found["band"] = Band(low=leukemia.bands[name].low, high=leukemia.bands[name].high)
    if leukemia is not None and name in leukemia.networks:
        taught = leukemia.networks[name]
        found |= {"scale": taught.head.scale, "bias": taught.head.bias, "shrinkage": taught.taught.shrinkage}
        _keep(arrays, name, mean=taught.head.mean, weights=taught.head.weights)
    if leukemia is not None and name in leukemia.shapes:
        shape = leukemia.shapes[name]
        found |= {"shape": shape.model, "shrinkage": shape.taught.shrinkage}
    if manifest.kind == "differential" and names is not None:
        head = names.classes.head
        found |= {"temperature": head.temperature, "naming": names.rule, "shrinkage": names.classes.shrinkage}
        _keep(arrays, name, mean=head.mean, weights=head.weights, class_bias=head.bias)
    reference = lesson.novelty.get(name)
    if reference is not None:
        found["novelty"] = reference.threshold
        _keep(
            arrays, name, novelty_mean=reference.mean, novelty_components=reference.components,
            novelty_scale=reference.scale,
        )  # fmt: skip
    return TaughtBundle.model_validate(
        {"name": name, "version": manifest.version, "model_sha256": manifest.model_sha256, "kind": manifest.kind}
        | found
    )


def _keep(arrays: dict[str, NDArray[np.float32]], name: str, **parts: NDArray[np.floating]) -> None:
    arrays.update({f"{name}.{part}": np.asarray(values, np.float32) for part, values in parts.items()})


def optics_of(cells: SiteCells) -> Optics:
    """Scale and stain of the site."""
    codes = [figure.code for figure in FIGURES]
    density, basophilia = (cells.figures[:, codes.index(code)] for code in ("density", "basophilia"))
    return Optics(
        um_per_px=_middle(cells.scales),
        um_per_px_spread=_spread(cells.scales),
        nucleus_density=_middle(density),
        nucleus_density_spread=_spread(density),
        basophilia=_middle(basophilia),
    )


def _middle(values: NDArray[np.float64]) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else None


def _spread(values: NDArray[np.float64]) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.std(known)) if known.size else None


def proof_figures(proof: Proof) -> dict[str, str | float | int | None]:
    """The figures of a proof by name, as the file keeps them."""
    found: dict[str, str | float | int | None] = {"verdict": proof.verdict}
    for what, one in (("leukemia", proof.leukemia), ("classes", proof.classes)):
        if one is None:
            continue
        found |= {f"{what}.verdict": one.verdict, f"{what}.cells": one.cells, f"{what}.patients": one.patients}
        found[f"{what}.gain"] = one.gain.text
        found |= _figures(what, one)
    return found


def _figures(what: str, one: Comparison) -> dict[str, str | float | int | None]:
    found: dict[str, str | float | int | None] = {}
    for side, figures in (("shipped", one.shipped), ("taught", one.taught)):
        for name, value in vars(figures).items():
            if name == "confusion":
                found |= {f"{what}.{side}.{true} named {said}": n for (true, said), n in value.items()}
            else:
                found[f"{what}.{side}.{name}"] = round(value, 4) if isinstance(value, float) else value.text
    return found
