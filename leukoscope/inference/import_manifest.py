"""What the manifest of an imported model says: what was found in it, and what a person said of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.domain.feeding import fitting
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.manifest import Band, Calibration, Manifest, NamingRule, file_sha256
from leukoscope.inference.sides import LEUKEMIC, PAIR, is_differential, weights

if TYPE_CHECKING:
    from leukoscope.inference.branches import ModelStructure

UNCALIBRATED_BAND = Band(low=0.35, high=0.65)
UNCALIBRATED_RULE = NamingRule(confident=0.9, gate=2.0, leukemic_kept_out=0.0, leukemic=0)
"""It names a cell when it is all but sure, and keeps none from the leukemia models."""


def manifest_of(order: ImportOrder, found: ModelStructure, head: str, model: Path | None = None) -> Manifest:
    """The manifest of a model that is being imported; the color scales of its maps are not yet set.

    ``model`` is the bundle's copy where that is not the file itself.

    Raises
    ------
    BundleError
        When its figures are not so many as the classes that were named.
    """
    file, today = Path(order.file), date.today()
    fed = fitting(order.feeding, found.channels)
    return Manifest(
        name=order.name,
        title=order.name.replace("-", " ").replace("_", " ").capitalize(),
        version=today.strftime("%Y.%m.%d"),
        created=today.isoformat(),
        architecture=f"imported from {file.name}",
        parameters=found.parameters,
        source="imported",
        model_sha256=file_sha256(model or file),
        output=found.output,
        head=head,
        preprocessing=Preprocessing.of(fed, found.height, found.width, found.channels),
        calibration=Calibration(fitted_on="not calibrated: imported by the user"),
        explanations=found.explanations,
        tried=order.tried,
        follows=order.follows,
        **_meaning(order.classes, found, file.name),
    )


def _meaning(classes: tuple[str, ...], found: ModelStructure, file_name: str) -> dict[str, Any]:
    """What the figures mean, as the manifest keeps it."""
    if found.count == 1:
        return {**_pair(classes, file_name), "thresholds": UNCALIBRATED_BAND}
    if len(classes) != found.count:
        message = (
            f"“{file_name}” tells {found.count} classes apart, and {len(classes)} were named; name what each of its "
            "figures means, in their order, for example healthy,leukemic,other."
        )
        raise BundleError(message, cause=Cause.UNKNOWN_KIND)
    if is_differential(classes):
        unique = tuple(dict.fromkeys(classes))
        figures = classes if unique != classes else ()
        return {"kind": "differential", "classes": unique, "figures": figures, "naming": UNCALIBRATED_RULE}
    if found.output == "softmax" and sorted(classes) == sorted(PAIR):
        return {**_pair(classes, file_name), "thresholds": UNCALIBRATED_BAND}
    return {"classes": PAIR, "figures": classes, "thresholds": UNCALIBRATED_BAND}


def _pair(classes: tuple[str, ...], file_name: str) -> dict[str, Any]:
    """Two classes told apart by one figure, or by two that add up to 1: the second is what it is the probability of."""
    leukemic, _ = weights(classes)
    if len(classes) != 2 or sorted(leukemic) != [0.0, 1.0]:
        message = (
            f"“{file_name}” gives one figure for each cell, which tells two classes apart: name healthy,leukemic or "
            "leukemic,healthy."
        )
        raise BundleError(message, f"{classes}", cause=Cause.UNKNOWN_KIND)
    positive = cast(Literal[0, 1], leukemic.index(1.0))
    return {"classes": PAIR if positive else (LEUKEMIC, PAIR[0]), "positive_class": positive}
