"""From an assessed run to the bundle that ships: model, manifest, novelty reference, card."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from leukoscope.domain.errors import SettingsError
from leukoscope.domain.map_kinds import MapKind
from leukoscope.imaging.cellimage import CANVAS
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.manifest import (
    CARD_FILE,
    MANIFEST_FILE,
    MODEL_FILE,
    NOVELTY_FILE,
    Calibration,
    ExplanationLayer,
    Manifest,
    Metric,
    Metrics,
    NamingRule,
    Novelty,
    TrainingData,
    file_sha256,
    write_manifest,
)
from training.differential.activations import Material
from training.differential.assess import ASSESSMENT_FILE, as_text
from training.differential.attributes import AttributeTable
from training.differential.cells import REPORT, LabeledCell, load_cells
from training.differential.fold_network import FINAL, SAID_FILE, WEIGHTS_FILE, load_outputs, trains
from training.differential.network import Network, build_network
from training.differential.recipe import Recipe
from training.export import PEAK_PERCENTILE
from training.novelty import PERCENTILE, Reference, fit_reference

DATA = "PBC (part), C-NMC 2019 training fold 1, BCCD (odd fields), WBCAtt"
CITATION = (
    "PBC: Acevedo et al. 2020, 10.17632/snkd93bnjr.1. C-NMC: ISBI challenge 2019, TCIA 10.7937/tcia.2019.dc64i46r. "
    "BCCD: Shenggan and others; masks Banik et al. WBCAtt: Tsutsui et al., NeurIPS 2023."
)
THIRD_LAB = "bccd"
"""The lab with the fewest cells: it shows how far ordinary cells of a further lab lie."""
LICENSE = "PBC CC BY 4.0; C-NMC CC BY 3.0, as published by TCIA; BCCD MIT; WBCAtt MIT"


def export_run(run: Path, recipe: Recipe, table: AttributeTable, to: Path) -> Manifest:
    """Write the bundle, whole or not at all.

    Raises
    ------
    SettingsError
        When the run is not fitted and assessed.
    """
    try:
        assessment = json.loads((run / ASSESSMENT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"“{run}” is not assessed; run assess first.", repr(error)) from error
    network = build_network(recipe, table.heads, weights="none")
    network.model.load_weights(run / FINAL / WEIGHTS_FILE)
    facts = Material(load_cells(run / "cells"), recipe).facts
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}-") as folder:
        made = Path(folder)
        network.model.save(made / MODEL_FILE)
        reference, limit = _novelty(run, facts)
        reference.save(made / NOVELTY_FILE)
        manifest = _manifest(made, run, recipe, table, network, facts, assessment, limit)
        write_manifest(manifest, made)
        (made / CARD_FILE).write_text(card(manifest, assessment, facts), encoding="utf-8")
        to.mkdir(exist_ok=True)
        # The manifest last: a reader sees a bundle whose SHA-256 does not fit, never half of one.
        for name in (MODEL_FILE, NOVELTY_FILE, CARD_FILE, MANIFEST_FILE):
            shutil.move(made / name, to / name)
    return manifest


def _novelty(run: Path, facts: tuple[LabeledCell, ...]) -> tuple[Reference, float]:
    """What the training cells' features look like, and from which distance on a cell is unlike them.

    Every lab's cells lie a little off those of the labs that trained. So the limit is the larger of two distances that
    one in a hundred exceeds: reported cells from the whole reference, and ``THIRD_LAB``'s reported cells from a
    reference that has none of its cells.
    """
    features = load_outputs(run / FINAL / SAID_FILE).features.astype(np.float32)
    trained = trains(facts, frozenset())
    reported = np.array([fact.part == REPORT and fact.whole and not fact.made for fact in facts])
    third = np.array([fact.source == THIRD_LAB for fact in facts])
    reference = fit_reference(features[trained])
    limits = [float(np.percentile(reference.distance(features[reported]), PERCENTILE))]
    if (reported & third).any():
        without = fit_reference(features[trained & ~third])
        limits.append(float(np.percentile(without.distance(features[reported & third]), PERCENTILE)))
    return reference, max(limits)


def _manifest(
    made: Path,
    run: Path,
    recipe: Recipe,
    table: AttributeTable,
    network: Network,
    facts: tuple[LabeledCell, ...],
    assessment: Mapping[str, Any],
    limit: float,
) -> Manifest:
    reported = np.array([fact.part == REPORT and fact.whole and not fact.made for fact in facts])
    peaks = load_outputs(run / FINAL / SAID_FILE).peaks[reported]
    trained = [fact for fact, used in zip(facts, trains(facts, frozenset()), strict=True) if used and not fact.made]
    return Manifest(
        kind="differential",
        name=recipe.name,
        title=recipe.title,
        version=recipe.version,
        created=datetime.now(UTC).date().isoformat(),
        architecture=(
            f"EfficientNet-Lite0 at {recipe.side} pixels; global average; linear heads for {len(recipe.classes)} "
            f"classes (softmax) and {len(table.heads)} attributes"
        ),
        parameters=network.model.count_params(),
        source="trained",
        model_sha256=file_sha256(made / MODEL_FILE),
        classes=recipe.classes,
        output="softmax",
        preprocessing=Preprocessing(canvas=CANVAS, crop=recipe.crop, height=recipe.side, width=recipe.side),
        calibration=Calibration(
            temperature=assessment["temperature"],
            fitted_on="WBCAtt's validation part, a tenth of PBC's other classes and BCCD's odd fields, C-NMC by fold",
            n=sum(fact.part == "calibrate" for fact in facts),
        ),
        naming=NamingRule.model_validate(assessment["naming"]),
        attributes=table.heads,
        explanations=(
            ExplanationLayer(
                name=recipe.backbone,
                title="EfficientNet-Lite0",
                kind=MapKind.GRAD_CAM,
                layer=network.explained,
                maximum=max(1e-6, float(np.percentile(peaks, PEAK_PERCENTILE))),
            ),
        ),
        novelty=Novelty(
            layer="features",
            sha256=file_sha256(made / NOVELTY_FILE),
            threshold=limit,
            percentile=PERCENTILE,
            n=int(reported.sum()),
        ),
        training_data=TrainingData(name=DATA, citation=CITATION, license=LICENSE, cells=len(trained)),
        split=(
            "PBC: WBCAtt's own parts, else by picture; its people are not known and may be on both sides. BCCD: by "
            f"field. C-NMC: {recipe.folds} folds by person; the shipped weights saw all of them."
        ),
        metrics=_metrics(assessment),
        license="The weights are part of LeukoScope; the data's licenses apply to the data.",
    )


def _metrics(assessment: Mapping[str, Any]) -> Metrics:
    overall: dict[str, Metric] = {}
    for title, figures in assessment["figures"].items():
        n = figures.get("cells", figures.get("leukemic cells", 0))
        overall |= {f"{title}: {name}": Metric(value=v, n=n) for name, v in figures.items() if isinstance(v, float)}
    return Metrics(
        note="Of cells that neither trained nor set a threshold; C-NMC by the fold weights.", overall=overall
    )


def card(manifest: Manifest, assessment: Mapping[str, Any], facts: tuple[LabeledCell, ...]) -> str:
    """The card: what it is, what it was trained on, how good it is, and where it is not."""
    counts = Counter((f.source, f.code) for f in facts if not f.made)
    rows = "\n".join(f"| {source} | {code} | {count:,} |" for (source, code), count in sorted(counts.items()))
    rule = manifest.naming
    assert rule is not None
    curve = "\n".join(f"| {p.threshold:g} | {p.leukemic_kept_out:.4f} | {p.spared:.3f} |" for p in rule.curve)
    return f"""# {manifest.title} ({manifest.name} {manifest.version})

Decision support for research and evaluation, not a medical device. It says what one white cell is, shows what the name
rests on, and keeps cells that are surely no mononuclear ones from the leukemia models.

- {manifest.architecture}; {manifest.parameters:,} parameters
- made {manifest.created}; model file SHA-256 `{manifest.model_sha256}`
- input: one cell on black, {manifest.preprocessing.canvas} pixels square at 0.06 µm; its central
  {manifest.preprocessing.crop} pixels, resized to {manifest.preprocessing.width} (area), RGB 0..255
- classes: {", ".join(manifest.classes)}

## Data

{CITATION} License: {LICENSE}.

| source | class | cells, all parts |
|---|---|---|
{rows}

Split: {manifest.split} *No white cell* is platelets, red cells, what the localizer wrongly found, and pieces and
smudges made of training cells. In training every cell is shown in the stain of other people and labs at random
(`training/differential/styles.py`), as blasts come from one lab and most other classes from another.

## Figures

Printed by `python -m training.differential assess`, on cells that neither trained nor set a threshold.

```
{as_text(assessment)}
```

## The gate

A cell is kept from the leukemia models where the probability of granulocyte, erythroblast or no white cell is at least
{rule.gate:.4f}. Leukemic cells of held-out people that are kept out when each fold's gate is set on the other folds:
{rule.leukemic_kept_out:.4f} of {rule.leukemic:,}.

| threshold | leukemic cells kept out | granulocytes kept out |
|---|---|---|
{curve}

## Where it is not good

- All PBC cells are of healthy donors of one lab; pictures of one donor may stand on both sides of its split.
- C-NMC's cells are mononuclear: no leukemic granulocyte precursors (AML) were seen in training.
- BCCD has few basophils and monocytes.
"""
