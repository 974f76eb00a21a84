"""The typed schema of ``manifest.json``: what a bundle says about itself. Unknown keys are refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.errors import BundleError, Cause
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.morphology import BY_CODE
from leukoscope.inference.input_schema import FeedingTrial, Preprocessing, Strict
from leukoscope.inference.map_schema import MapTrial

MODEL_FILE = "model.keras"
MODEL_FILES: dict[str, str] = {
    "keras": MODEL_FILE,
    "saved_model": "model.zip",
    "onnx": "model.onnx",
    "tflite": "model.tflite",
    "frozen": "model.pb",
}
"""By the container that a model came in."""
MAX_MODEL_BYTES = 2_000_000_000
"""Of such a file: more is neither loaded nor carried."""
MANIFEST_FILE = "manifest.json"
CARD_FILE = "card.md"
NOVELTY_FILE = "novelty.npz"
FORMAT_VERSION = 1

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class Calibration(Strict):
    """Platt scaling of the logit: ``probability = sigmoid(logit / temperature + bias)`` (Guo et al. 2017)."""

    temperature: float = Field(1.0, gt=0.0)
    bias: float = 0.0
    fitted_on: str = "not calibrated"
    n: int = Field(0, ge=0)


class Band(Strict):
    """Healthy below ``low``, leukemic above ``high``, unsure between."""

    low: Probability
    high: Probability

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


class ExplanationLayer(Strict):
    """One place in the network that is shown as a map.

    ``layer`` is a path of layer names from the outside in, joined by ``/``: ``efficientnet-lite0/top_activation``
    for a layer of a nested backbone. For a method of gradients it names the last spatial activation of a branch; for
    attention the layer whose attention scores are shown. ``maximum`` is the top of the fixed color scale. ``call``
    counts from 0 where a network calls the layer more than once.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    title: str
    kind: MapKind
    layer: str
    maximum: float = Field(gt=0.0)
    call: int = Field(0, ge=0)
    trial: MapTrial | None = Field(None, description="How the map of an imported model did when it was tried.")


class AttributeHead(Strict):
    """One attribute that the layer ``attributes`` reads: its values stand in the order of the layer's outputs."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")
    values: tuple[str, ...] = Field(min_length=2)


class GatePoint(Strict):
    """One point of the gate's curve: what is kept from the leukemia models at a threshold, on held-out cells."""

    threshold: Probability
    leukemic_kept_out: Probability
    spared: Probability


class NamingRule(Strict):
    """When a differential bundle names a cell, and when the leukemia models are not asked about it.

    ``confident``: a cell is named from this probability of its class on, or from that of ``by_class`` where it has an
    entry: lymphocytes are told from blasts with more difficulty than eosinophils from anything. ``gate``: see
    ``findings.Naming.gate``; set on held-out cells so that of leukemic ones at most ``leukemic_kept_out`` pass it,
    above 1 where it was not set: then they are asked about every cell. ``curve`` shows what other gates do.
    """

    confident: Probability
    by_class: dict[str, Probability] = Field(default_factory=dict)
    gate: float = Field(ge=0.0, le=2.0)
    leukemic_kept_out: Probability
    leukemic: int = Field(ge=0, description="Held-out leukemic cells that the gate was set on.")
    curve: tuple[GatePoint, ...] = ()

    def confident_of(self, code: str) -> float:
        """From which probability on a cell is named so."""
        return self.by_class.get(code, self.confident)


class Novelty(Strict):
    """Reference for "unlike the training data": arrays in ``novelty.npz``.

    ``mean`` (features,), ``components`` (k, features), ``scale`` (k,): distance = ``||((f - mean) @ components.T) /
    scale|| / sqrt(k)`` for the pooled feature vector f that enters the head; above ``threshold`` is unlike.
    """

    layer: str = Field(description="Path of the layer whose output is f, shape (features,) for one cell.")
    file: Literal["novelty.npz"] = "novelty.npz"
    sha256: Sha256
    threshold: float = Field(gt=0.0)
    percentile: float = Field(99.0, gt=0.0, le=100.0)
    n: int = Field(ge=1)


class ShapeTerm(Strict):
    """One figure of shape in the logit: ``weight * (value - mean) / scale``, of the value's logarithm where asked."""

    figure: str
    weight: float
    mean: float
    scale: float = Field(gt=0.0)
    log: bool = False


class ShapeRange(Strict):
    """5th and 95th percentile of a figure in healthy lymphocytes, and of how many."""

    figure: str
    low: float
    high: float
    n: int = Field(ge=1)


class ShapeModel(Strict):
    """A logistic regression on figures of shape; a figure that cannot be measured adds nothing."""

    intercept: float
    terms: tuple[ShapeTerm, ...] = Field(min_length=1)
    ranges: tuple[ShapeRange, ...]
    ranges_on: str

    @model_validator(mode="after")
    def _known_once(self) -> Self:
        for names in ([term.figure for term in self.terms], [one.figure for one in self.ranges]):
            unknown = sorted(set(names) - set(BY_CODE))
            if unknown or len(set(names)) != len(names):
                raise ValueError(f"figures {unknown or names} are not known or named twice")
        if not {term.figure for term in self.terms} <= {one.figure for one in self.ranges}:
            raise ValueError("a term has no reference range")
        return self

    def sha256(self) -> str:
        """Hex SHA-256 of all figures in it: what ``model_sha256`` names for a bundle without a file."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class TrainingData(Strict):
    """What the weights were trained on."""

    name: str
    citation: str = ""
    license: str = ""
    cells: int = Field(ge=0)
    subjects: dict[str, list[str]] = Field(default_factory=dict, description="Class name -> subject ids.")


class Metric(Strict):
    """One figure with its n and, where there is one, its 95 % interval."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int = Field(ge=0)


class Metrics(Strict):
    """Figures on data that the judged weights were not trained on; ``note`` says exactly which."""

    note: str
    overall: dict[str, Metric] = Field(default_factory=dict)
    folds: dict[str, dict[str, Metric]] = Field(default_factory=dict)


class Manifest(Strict):
    """Everything the program needs to know about a bundle, and everything a reader should."""

    format: Literal[1] = 1
    kind: Literal["network", "morphology", "differential"] = Field(
        "network",
        description="Asks a network, or figures of shape, whether a cell is leukemic; or a network what it is.",
    )
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    title: str
    version: str
    created: str = Field(description="ISO 8601 date.")
    architecture: str
    parameters: int = Field(ge=1)
    source: Literal["trained", "imported"]
    container: Literal["keras", "saved_model", "onnx", "tflite", "frozen"] = "keras"
    model_sha256: Sha256
    classes: tuple[str, ...] = Field(
        min_length=2,
        description="Meaning of each output: healthy, leukemic; of a differential, codes of cell classes.",
    )
    positive_class: Literal[0, 1] = Field(1, description="Which of the two is leukemic; 0 flips the logit's sign.")
    output: Literal["sigmoid", "logit", "softmax", "logits", "sigmoids"] = "sigmoid"
    head: str = Field("", description="Which of the model's outputs is read, by its name; empty where it has one.")
    figures: tuple[str, ...] = Field(
        (), description="Meaning of each figure (see ``sides.py``) where they are not the two classes themselves."
    )
    preprocessing: Preprocessing
    tried: FeedingTrial | None = Field(None, description="What trying that way of feeding came to, at the import.")
    calibration: Calibration
    thresholds: Band | None = Field(None, description="Of a leukemia bundle.")
    naming: NamingRule | None = Field(None, description="Of a differential bundle.")
    attributes: tuple[AttributeHead, ...] = ()
    explanations: tuple[ExplanationLayer, ...]
    novelty: Novelty | None = None
    shape: ShapeModel | None = Field(None, description="Of the kind morphology, which has no model file.")
    training_data: TrainingData | None = None
    split: str = "unknown"
    metrics: Metrics | None = None
    license: str = ""
    follows: str = Field("", description="The model whose next version an imported one is, by its name.")

    @model_validator(mode="after")
    def _unique_map_names(self) -> Self:
        names = [e.name for e in self.explanations]
        if len(set(names)) != len(names):
            raise ValueError("two explanation layers have the same name")
        return self

    @model_validator(mode="after")
    def _shape_of_its_kind(self) -> Self:
        if (self.kind == "morphology") != (self.shape is not None):
            raise ValueError("a bundle of the kind morphology, and only such a one, has a shape")
        return self

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind != "differential":
            if len(self.classes) != 2 or self.thresholds is None:
                raise ValueError("a leukemia bundle has two classes and thresholds")
            if self.naming is not None or self.attributes:
                raise ValueError("only a differential bundle names cells and reads attributes")
            return self
        unknown = [code for code in self.classes if code not in CELL_CLASSES]
        if unknown or len(set(self.classes)) != len(self.classes):
            raise ValueError(f"unknown or repeated cell classes: {', '.join(unknown or self.classes)}")
        if self.naming is None or self.thresholds is not None or self.output not in {"softmax", "logits", "sigmoids"}:
            raise ValueError("a differential bundle has a naming rule, several figures and no thresholds")
        return self

    @property
    def model_file(self) -> str:
        """Name of the model's file in the bundle."""
        return MODEL_FILES[self.container]

    @property
    def band(self) -> Band:
        """The unsure band of a leukemia bundle.

        Raises
        ------
        ValueError
            For a bundle of another kind.
        """
        if self.thresholds is None:
            raise ValueError(f"the bundle {self.name} judges nothing for leukemia")
        return self.thresholds


def read_manifest(folder: Path) -> Manifest:
    """Read and validate ``folder/manifest.json``.

    Raises
    ------
    BundleError
        When it is missing, not JSON, or does not fit the schema.
    """
    path = folder / MANIFEST_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(
            f"The model “{folder.name}” has no readable manifest.json; import it again.", repr(error)
        ) from error
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            message = f"The manifest of model “{folder.name}” is damaged; import the model again."
            raise BundleError(message, first["msg"], cause=Cause.BROKEN) from error
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BundleError(
            f"The manifest of model “{folder.name}” is not valid at {where}: {first['msg']}.", str(error)
        ) from error


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write ``folder/manifest.json`` in one step: a reader sees the old or the new file, never half."""
    path = folder / MANIFEST_FILE
    part = path.with_suffix(".part")
    text = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False)
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
