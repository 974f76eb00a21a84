"""Labeled cells of a lab that was never there: features with a direction that tells, patients with an offset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from leukoscope.domain.findings import BundleId, Naming, Opinion, Thresholds
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.morphology import FIGURES, MeasuredFigure
from leukoscope.inference.manifest import Manifest, read_manifest
from leukoscope.site.cells import Labels, NetworkView, SiteCells, Values
from leukoscope.site.logistic import sigmoid

MODELS = Path(__file__).resolve().parents[3] / "models"
FEATURES = 48


def manifests() -> dict[str, Manifest]:
    return {name: read_manifest(MODELS / name) for name in ("differential", "ensemble", "hybrid", "morphology")}


def made(
    *,
    patients: int = 6,
    cells: int = 10,
    told: float = 2.5,
    shipped: float = 0.0,
    classes: Sequence[str] = ("lymphocyte", "blast"),
    named: bool = False,
    seed: int = 0,
) -> SiteCells:
    """``patients`` of each class with ``cells`` each; ``told`` apart by features, ``shipped`` by the shipped logit."""
    rng = np.random.default_rng(seed)
    codes = np.array([code for code in classes for _ in range(patients * cells)], np.str_)
    who = [f"{code}-{person}" for code in classes for person in range(patients) for _ in range(cells)]
    subjects = np.array(who, np.str_)
    verdicts = np.array([{"blast": 1, "immature-granulocyte": -1}.get(str(code), 0) for code in codes], np.int64)
    n = len(codes)
    number = np.array([list(classes).index(str(code)) for code in codes])
    offsets = {one: rng.normal(0, 0.4, FEATURES) for one in np.unique(subjects)}
    centers = rng.normal(0, 1, (len(classes), FEATURES))
    features = told * centers[number] / np.sqrt(FEATURES) * 3 + np.array([offsets[one] for one in subjects])
    features += rng.normal(0, 1, (n, FEATURES))
    networks, shipped_words = _said(features, verdicts, shipped, rng)
    figures = np.abs(rng.normal(1, 0.2, (n, len(FIGURES)))) + 0.3 * (verdicts == 1)[:, None]
    return SiteCells(
        tuple(f"cell {row}" for row in range(n)),
        subjects,
        verdicts,
        codes if named else np.full(n, "", np.str_),
        networks,
        figures,
        shipped_words,
        np.full(n, 0.06),
    )


def _said(
    features: Values, verdicts: Labels, shipped: float, rng: np.random.Generator
) -> tuple[dict[str, NetworkView], tuple[Judgement, ...]]:
    """What bundles that know little say."""
    known, n = manifests(), len(verdicts)
    bundles = {name: BundleId(name, one.version, one.model_sha256) for name, one in known.items()}
    networks: dict[str, NetworkView] = {}
    opinions: list[list[Opinion]] = [[] for _ in range(n)]
    for name in ("ensemble", "hybrid"):
        logits = shipped * (2.0 * (verdicts == 1) - 1) + rng.normal(0, 1.5, n)
        networks[name] = NetworkView(bundles[name], features + rng.normal(0, 0.5, features.shape), logits)
        for row in range(n):
            opinions[row].append(_opinion(bundles[name], float(logits[row])))
    for row in range(n):
        figures = (MeasuredFigure("cell_area", 80.0, 60.0, 140.0),)
        opinions[row].append(_opinion(bundles["morphology"], float(rng.normal()), figures))
    classes = known["differential"].classes
    said = np.log(rng.dirichlet(np.ones(len(classes)), n))
    networks["differential"] = NetworkView(bundles["differential"], features.copy(), said, classes)
    namings = [
        Naming(bundles["differential"], dict(zip(classes, np.exp(row).tolist(), strict=True)), 0.9, 0.99, novelty=0.5)
        for row in said
    ]
    return networks, tuple(Judgement(tuple(some), naming) for some, naming in zip(opinions, namings, strict=True))


def _opinion(bundle: BundleId, logit: float, figures: tuple[MeasuredFigure, ...] = ()) -> Opinion:
    probability = float(sigmoid(np.array([logit]))[0])
    novelty = None if figures else 0.5
    return Opinion(bundle, logit, probability, Thresholds(0.35, 0.65), (), novelty, figures)
