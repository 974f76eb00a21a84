"""Figures of a run, each on cells that neither trained nor calibrated what is measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, f1_score

from leukoscope.domain.cell_classes import BLAST, LYMPHOCYTE, MONOCYTE, NO_WHITE_CELL, Family, cell_class
from leukoscope.domain.errors import SettingsError
from leukoscope.domain.statistics import wilson_interval
from leukoscope.inference.manifest import NamingRule
from leukoscope.inference.namings import softmax
from training.differential.activations import Material
from training.differential.attributes import COLUMNS, UNKNOWN, AttributeTable
from training.differential.calibration import (
    class_thresholds,
    find_temperature,
    gate_curve,
    gate_threshold,
    naming_threshold,
    spared,
)
from training.differential.cells import CALIBRATE, REPORT, LabeledCell, load_cells
from training.differential.fold_network import FINAL, SAID_FILE, FoldOutputs, held_out_people, load_outputs
from training.differential.recipe import Recipe

ASSESSMENT_FILE = "assessment.json"


@dataclass(frozen=True, eq=False)
class HeldOutLogits:
    """Logits of every cell by a network that did not train on it; and which cells those are.

    Parameters
    ----------
    logits
        Shape (n, classes): by the shipped weights for PBC and BCCD, by the fold's for C-NMC.
    fold
        Number of the fold, shape (n,); -1 for cells judged by the shipped weights.
    """

    logits: NDArray[np.float32]
    fold: NDArray[np.int64]


def held_out_logits(facts: Sequence[LabeledCell], run: Path, recipe: Recipe) -> HeldOutLogits:
    """Put together what each part of the run says of the cells that it did not train on.

    Raises
    ------
    SettingsError
        When a part is not trained.
    """
    said: dict[str, FoldOutputs] = {}
    for name in (FINAL, *(f"fold-{number}" for number in range(recipe.folds))):
        if not (run / name / SAID_FILE).is_file():
            raise SettingsError(f"“{run}” has no finished part {name}; run fit first.")
        said[name] = load_outputs(run / name / SAID_FILE)
    logits = said[FINAL].logits.copy()
    fold = np.full(len(facts), -1)
    for number in range(recipe.folds):
        people = held_out_people(facts, recipe, f"fold-{number}")
        rows = np.array([fact.source == "c-nmc" and fact.group in people for fact in facts])
        logits[rows] = said[f"fold-{number}"].logits[rows]
        fold[rows] = number
    return HeldOutLogits(logits, fold)


def assess_run(run: Path, recipe: Recipe, table: AttributeTable) -> str:
    """Set temperature and thresholds, measure, keep all in ``assessment.json``, and say it as a text."""
    facts = Material(load_cells(run / "cells"), recipe).facts
    labels = np.array([recipe.classes.index(fact.code) for fact in facts])
    held_out = held_out_logits(facts, run, recipe)
    sets = _sets(facts, held_out)
    temperature, rule = _rule(held_out, labels, sets, recipe)
    probabilities = softmax(held_out.logits, temperature)
    white = np.array([fact.code != NO_WHITE_CELL for fact in facts])
    figures = {
        "PBC, reported part": _named(probabilities, labels, sets["pbc"], rule, recipe),
        "BCCD, white cells of even fields": _named(probabilities, labels, sets["bccd"] & white, rule, recipe),
        "BCCD, platelets and red cells of even fields": _named(
            probabilities, labels, sets["bccd"] & ~white, rule, recipe
        ),
        "C-NMC, people held out": _leukemic(probabilities, labels, held_out, rule, recipe),
        "attributes, WBCAtt's test part": _attributes(run, facts, table),
    }
    document = {"temperature": temperature, "naming": rule.model_dump(mode="json"), "figures": figures}
    (run / ASSESSMENT_FILE).write_text(json.dumps(document, indent=2), encoding="utf-8")
    return as_text(document)


def as_text(document: Mapping[str, object]) -> str:
    """The figures, one a line."""
    naming = document["naming"]
    assert isinstance(naming, dict)
    confident, gate = naming["confident"], naming["gate"]
    by_class = ", ".join(f"{code} {limit:.2f}" for code, limit in naming["by_class"].items())
    lines = [f"temperature {document['temperature']:.3f}; named from {confident:.2f} on; gate {gate:.4f}"]
    lines.append(f"named from, by class: {by_class}")
    figures = document["figures"]
    assert isinstance(figures, dict)
    for title, values in figures.items():
        lines.append(f"\n{title}")
        lines += [f"  {name}: {_shown(value)}" for name, value in values.items() if name != "confusion"]
        lines += [f"  {row}" for row in values.get("confusion", [])]
    return "\n".join(lines)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return " to ".join(_shown(part) for part in value)
    return str(value)


def _sets(facts: Sequence[LabeledCell], held_out: HeldOutLogits) -> dict[str, NDArray[np.bool_]]:
    def where(source: str, part: str) -> NDArray[np.bool_]:
        return np.array([f.source == source and f.part == part and f.whole and not f.made for f in facts])

    calibrate = np.array([f.part == CALIBRATE and f.whole for f in facts])
    return {
        "calibrate": calibrate | (held_out.fold >= 0),
        "pbc": where("pbc", REPORT),
        "bccd": where("bccd", REPORT),
    }


def _rule(
    held_out: HeldOutLogits, labels: NDArray[np.int64], sets: Mapping[str, NDArray[np.bool_]], recipe: Recipe
) -> tuple[float, NamingRule]:
    rows = sets["calibrate"]
    temperature = find_temperature(held_out.logits[rows], labels[rows])
    probabilities = softmax(held_out.logits, temperature)
    confident = naming_threshold(probabilities[rows], labels[rows], recipe.confident_right)
    limits = class_thresholds(probabilities[rows], labels[rows], recipe.confident_right, confident)
    kept = spared(probabilities, recipe.classes)
    leukemic = (held_out.fold >= 0) & (labels == recipe.classes.index(BLAST))
    to_spare = (
        np.array([cell_class(recipe.classes[k]).family is Family.GRANULOCYTE for k in labels]) & sets["calibrate"]
    )
    gate = gate_threshold(kept[leukemic], recipe.leukemic_kept_out)
    nested = _nested_kept_out(kept, leukemic, held_out, recipe)
    curve = gate_curve(kept[leukemic], kept[to_spare])
    return temperature, NamingRule(
        confident=confident,
        by_class={code: float(limit) for code, limit in zip(recipe.classes, limits, strict=True)},
        gate=gate,
        leukemic_kept_out=nested,
        leukemic=int(leukemic.sum()),
        curve=curve,
    )


def _limits(rule: NamingRule, recipe: Recipe) -> NDArray[np.float64]:
    """Naming threshold of each class, shape (classes,)."""
    return np.array([rule.confident_of(code) for code in recipe.classes])


def _nested_kept_out(
    kept: NDArray[np.float64], leukemic: NDArray[np.bool_], held_out: HeldOutLogits, recipe: Recipe
) -> float:
    """Share of leukemic cells kept out when each fold's gate is set on the other folds' people."""
    out = 0
    for number in range(recipe.folds):
        here, others = leukemic & (held_out.fold == number), leukemic & (held_out.fold != number)
        out += int((kept[here] >= gate_threshold(kept[others], recipe.leukemic_kept_out)).sum())
    return out / int(leukemic.sum())


def _named(
    probabilities: NDArray[np.float64],
    labels: NDArray[np.int64],
    rows: NDArray[np.bool_],
    rule: NamingRule,
    recipe: Recipe,
) -> dict[str, object]:
    """How well cells are named: all of them, and those that are named with confidence."""
    p, truth = probabilities[rows], labels[rows]
    named, sure = p.argmax(axis=1), p.max(axis=1) >= _limits(rule, recipe)[p.argmax(axis=1)]
    present = np.unique(truth)
    right = int((named == truth)[sure].sum())
    kept = spared(p, recipe.classes) >= rule.gate
    return {
        "cells": int(truth.size),
        "macro-F1 of all": _macro_f1(truth, named, present),
        "named with confidence": float(sure.mean()),
        "macro-F1 of these": _macro_f1(truth[sure], named[sure], present),
        "right of these": right / max(1, int(sure.sum())),
        "right of these, 95 % Wilson": list(wilson_interval(right, int(sure.sum()))) if sure.any() else [0.0, 1.0],
        "named blast with confidence": float((sure & (named == recipe.classes.index(BLAST))).mean()),
        "kept from the leukemia models": float(kept.mean()),
        "confusion": _confusion(truth, named, recipe.classes),
    }


def _macro_f1(truth: NDArray[np.int64], named: NDArray[np.int64], present: NDArray[np.int64]) -> float:
    """0 when there are no cells: nothing was shown."""
    return float(f1_score(truth, named, labels=present, average="macro")) if truth.size else 0.0


def _confusion(truth: NDArray[np.int64], named: NDArray[np.int64], classes: Sequence[str]) -> list[str]:
    table = confusion_matrix(truth, named, labels=range(len(classes)))
    width = max(len(code) for code in classes)
    return [
        f"{code:>{width}} " + " ".join(f"{count:5d}" for count in row)
        for code, row in zip(classes, table, strict=True)
        if row.sum()
    ]


def _leukemic(
    probabilities: NDArray[np.float64],
    labels: NDArray[np.int64],
    held_out: HeldOutLogits,
    rule: NamingRule,
    recipe: Recipe,
) -> dict[str, object]:
    """What becomes of leukemic cells of people who were held out."""
    rows = held_out.fold >= 0
    p, truth = probabilities[rows], labels[rows]
    named, sure = p.argmax(axis=1), p.max(axis=1) >= _limits(rule, recipe)[p.argmax(axis=1)]
    families = np.array([cell_class(code).family for code in recipe.classes])
    blast = truth == recipe.classes.index(BLAST)
    granulocyte = families[named] == Family.GRANULOCYTE
    codes = np.array(recipe.classes)[named]
    healthy = granulocyte | np.isin(codes, (LYMPHOCYTE, MONOCYTE))
    return {
        "leukemic cells": int(blast.sum()),
        "kept from the leukemia models, gate of the other folds": rule.leukemic_kept_out,
        "named granulocyte with confidence": float((granulocyte & sure)[blast].mean()),
        "named a healthy class with confidence": float((healthy & sure)[blast].mean()),
        "healthy cells": int((~blast).sum()),
        "confusion": _confusion(truth, named, recipe.classes),
    }


def _attributes(run: Path, facts: Sequence[LabeledCell], table: AttributeTable) -> dict[str, object]:
    """Macro-F1 of each attribute on the authors' test part, by the shipped weights."""
    values = table.labels(facts)
    rows = np.array([f.part == REPORT for f in facts]) & (values[:, 0] != UNKNOWN)
    logits, first = load_outputs(run / FINAL / SAID_FILE).attributes[rows], 0
    scores: dict[str, float] = {}
    for column, head in enumerate(table.heads):
        part = logits[:, first : first + len(head.values)]
        first += len(head.values)
        truth = values[rows][:, column]
        scores[COLUMNS[column]] = float(f1_score(truth, part.argmax(axis=1), average="macro", labels=np.unique(truth)))
    return {"cells": int(rows.sum()), "macro-F1": scores, "mean macro-F1": float(np.mean(list(scores.values())))}
