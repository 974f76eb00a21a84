"""The typed configuration of a training run, read from a TOML file. Unknown keys are refused."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from leukoscope.domain.cuts import Cutting
from leukoscope.domain.errors import SettingsError
from leukoscope.inference.input_schema import Preprocessing
from training.data_config import DataConfig, SplitConfig, Strict

__all__ = ["CONFIG_FOLDER", "DataConfig", "SplitConfig", "TrainingConfig", "read_alone", "read_config", "write_config"]

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Channels = tuple[
    Annotated[float, Field(gt=0.0, le=255.0)],
    Annotated[float, Field(gt=0.0, le=255.0)],
    Annotated[float, Field(gt=0.0, le=255.0)],
]
"""Red, green, blue in 0..255."""
CONFIG_FOLDER = Path(__file__).parent / "configs"


class StandardizeConfig(Strict):
    """Target of the per-cell color standardization inside the network (``layers.CellStandardization``)."""

    mean: Channels = (128.0, 128.0, 128.0)
    deviation: Channels = (40.0, 40.0, 40.0)
    gray: bool = False
    low_pass: float = Field(0.0, ge=0.0, le=16.0, description="Sigma in pixels of the network's input; 0: none.")


class NetworkConfig(Strict):
    """Which network; the defaults are the published hybrid's and ensemble's."""

    kind: Literal["ensemble", "hybrid"]
    backbones: tuple[str, ...] = Field(min_length=1, description="Names that training.networks knows.")
    weights: Literal["imagenet", "none"] = "imagenet"
    weights_files: dict[str, str] = Field(default_factory=dict, description="Backbone -> a local weights file.")
    standardize: StandardizeConfig | None = None
    dense: int = Field(512, ge=1)
    dropout: Fraction = 0.5
    l2: float = Field(1e-4, ge=0.0, description="Of the ensemble's dense layer; the hybrid has none.")
    tokens: int = Field(64, ge=1)
    heads: int = Field(8, ge=1)
    head_size: int = Field(32, ge=1)
    feed_forward: int = Field(256, ge=1)
    attention_dropout: Fraction = 0.1
    self_attention_blocks: int = Field(2, ge=0)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kind == "hybrid" and len(self.backbones) != 1:
            raise ValueError("a hybrid has exactly one backbone")
        if len(set(self.backbones)) != len(self.backbones):
            raise ValueError("a backbone is named twice")
        return self


class LymphocyteConfig(Strict):
    """Healthy people's lymphocytes of another lab, one in the middle of each picture."""

    name: str
    citation: str = ""
    license: str = ""
    um_per_px: float = Field(gt=0.0, description="Scale of the pictures.")
    share: Annotated[float, Field(ge=0.0, le=0.25)] = Field(0.25, description="Of the healthy cells' weight.")


class AugmentConfig(Strict):
    """Ranges of the random changes made to training cells (``training.augment``); 0 switches one off."""

    flip: bool = True
    rotation: Fraction = Field(1.0, description="Fraction of a full turn to either side; the papers used 0.15.")
    zoom: Fraction = 0.15
    contrast: Fraction = 0.15
    brightness: Fraction = 0.1
    color: Fraction = 0.05
    stain: Fraction = 0.1
    blur: float = Field(1.0, ge=0.0, le=5.0, description="Largest sigma in pixels of the network's input.")
    jpeg: Fraction = Field(0.3, description="Probability of JPEG noise, quality 50 to 95.")
    scale: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        0.0, description="Largest loss of resolution: 0.5 shrinks to half at most and enlarges again."
    )
    sharpen: float = Field(0.0, ge=0.0, le=5.0, description="Largest amount of unsharp masking: other optics.")
    noise: float = Field(0.0, ge=0.0, le=50.0, description="Largest sigma of camera noise, in samples of 0 to 255.")
    gamma: float = Field(0.0, ge=0.0, le=2.0, description="Exponent between exp(-gamma) and exp(gamma).")
    hue: float = Field(0.0, ge=0.0, le=180.0, description="Largest turn of the color about gray, in degrees.")
    restyle: Fraction = Field(0.0, description="Probability of another stain; needs [lymphocytes], of whose lab it is.")
    rim: int = Field(0, ge=0, le=16, description="Most pixels that a cell's mask may end further in.")


class FitConfig(Strict):
    """How the weights are found.

    Phase 1 trains the head on frozen backbones, phase 2 also each backbone from ``train_from`` on, or its last
    ``train_last`` layers. With ``cache`` what lies before is frozen in both phases and runs once, for ``draws`` random
    variants of every training cell; without it the whole network runs in every step, on a new variant of every cell in
    every epoch. Variants, order and dropout follow from the seed and the epoch alone.
    """

    cache: bool = Field(True, description="Keep what the frozen part makes of the cells; false: fresh pixels always.")
    draws: int = Field(4, ge=1, le=64, description="Variants of each cell that are kept; only with cache.")
    train_from: dict[str, str] = Field(
        default_factory=dict, description="Backbone -> last frozen layer (one tensor passes there); absent: all frozen."
    )
    train_last: int | None = Field(
        None, ge=1, description="The published way: the last N layers of every backbone train; only with cache = false."
    )
    batch: int = Field(32, ge=1, description="Over all devices and machines together.")
    head_epochs: int = Field(4, ge=0)
    head_rate: float = Field(1e-3, gt=0.0)
    tail_epochs: int = Field(4, ge=0)
    tail_rate: float = Field(1e-4, gt=0.0)
    optimizer: Literal["adamw", "adam"] = "adamw"
    weight_decay: float = Field(0.0, ge=0.0, description="Of adamw.")
    schedule: Literal["cosine", "plateau", "constant"] = Field(
        "cosine", description="cosine: to 0 over each phase; plateau: times plateau_factor when nothing gets better."
    )
    plateau_factor: float = Field(0.3, gt=0.0, lt=1.0)
    plateau_patience: int = Field(
        3, ge=1, description="Epochs without a better loss (validation loss, if there is one)."
    )
    stop_patience: int | None = Field(
        None, ge=1, description="End a phase after so many epochs without a better validation loss; published: 5."
    )
    ema: float = Field(0.0, ge=0.0, lt=1.0, description="Momentum of a moving average of the weights; 0: none.")
    label_smoothing: Annotated[float, Field(ge=0.0, lt=0.5)] = 0.0
    balance: Literal["none", "class", "subject"] = "subject"
    mixup: float = Field(0.0, ge=0.0, le=10.0, description="Beta(a, a) of the share of a second cell; 0: none.")
    mixed_precision: bool = Field(False, description="Compute in bfloat16 (GPUs since 2020); weights stay float32.")
    xla: bool = Field(False, description="Compile the step with XLA; on a CPU its convolutions are 15 times slower.")
    distribute: Literal["none", "mirrored", "multi-worker"] = Field(
        "none", description="mirrored: all GPUs of this machine; multi-worker: all machines that TF_CONFIG names."
    )

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.train_last is not None and self.cache:
            raise ValueError("train_last needs cache = false: it cuts where more than one tensor passes")
        if self.train_last is not None and self.train_from:
            raise ValueError("give train_last or train_from, not both")
        if self.weight_decay and self.optimizer == "adam":
            raise ValueError("weight_decay is a part of adamw; choose that optimizer or leave it 0")
        return self


class PretextConfig(Strict):
    """Pretraining without labels, inside every part of a run, on its training cells alone; 0 epochs switch it off."""

    epochs: int = Field(0, ge=0)
    rate: float = Field(3e-4, gt=0.0)
    batch: int = Field(128, ge=2, description="Cells; each comes in two variants.")
    temperature: float = Field(0.2, gt=0.0)
    projection: int = Field(128, ge=2, description="Dimensions of the space in which cells are compared.")


class TrainingConfig(Strict):
    """Everything that decides a run."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    title: str
    version: str = "1.0.0"
    seed: int = 1
    network: NetworkConfig
    preprocessing: Preprocessing = Preprocessing()
    data: DataConfig = DataConfig()
    split: SplitConfig = SplitConfig()
    augment: AugmentConfig = AugmentConfig()
    lymphocytes: LymphocyteConfig | None = None
    pretext: PretextConfig = PretextConfig()
    fit: FitConfig = FitConfig()
    calibration: Literal["temperature", "platt"] = "temperature"
    unsure_share: Fraction = Field(0.15, description="Share of cells that the unsure band may leave out.")

    @model_validator(mode="after")
    def _is_fed_so(self) -> Self:
        """What training does not do must not stand in the bundle's manifest: the program would."""
        given = self.preprocessing
        # Whole pictures are taken as they are, and may show what lies around the cell.
        ground = given.cut_out if self.data.canvas == "resize" and given.cut_out is Cutting.KEPT else Cutting.BLACK
        can = Preprocessing(
            cut_out=ground,
            canvas=given.canvas,
            crop=given.crop,
            height=given.height,
            width=given.width,
            resize=given.resize,
        )
        if given != can:
            raise ValueError(
                "preprocessing: networks are trained on cells on black, RGB 0..255; put any other scaling into the "
                "network as a layer"
            )
        return self

    @model_validator(mode="after")
    def _has_styles(self) -> Self:
        if self.augment.restyle and self.lymphocytes is None:
            raise ValueError("augment.restyle takes its stains from another lab's cells: add a table [lymphocytes]")
        if self.lymphocytes is not None and not self.fit.cache:
            raise ValueError("[lymphocytes] needs fit.cache = true")
        if self.lymphocytes is not None and self.data.canvas == "resize":
            raise ValueError('[lymphocytes] are cut at the training scale: they do not go with data.canvas = "resize"')
        return self

    @model_validator(mode="after")
    def _claims_no_people(self) -> Self:
        if not self.data.knows_people and self.split.kind == "subject":
            raise ValueError(
                'nobody is named in a folder of pictures: set split.kind = "picture", or data.people to a regular '
                "expression that finds the person in a file's name"
            )
        return self


def read_config(path: Path) -> TrainingConfig:
    """Read and validate a TOML file, on top of the one it names under ``extends``, if it does.

    What it extends is looked for beside it, then among the shipped ones (``training/configs``).

    Raises
    ------
    SettingsError
        When it is missing, is not TOML, or a key is unknown or out of range; the sentence names the key.
    """
    document = _merged(path, ())
    try:
        return TrainingConfig.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsError(f"In “{path.name}”, {key}: {first['msg']}.", str(error)) from error


def read_alone(path: Path) -> TrainingConfig | None:
    """What a file says if it extends no other, else ``None``."""
    return None if "extends" in _document(path) else read_config(path)


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The training configuration “{path}” cannot be read: {error}.", repr(error)) from error


def _merged(path: Path, below: tuple[Path, ...]) -> dict[str, Any]:
    """The document on top of the one it extends; tables are merged, everything else is replaced."""
    if path.resolve() in below:
        raise SettingsError(f"The training configuration “{path.name}” extends itself; correct the key extends.")
    document = _document(path)
    base = document.pop("extends", None)
    if base is None:
        return document
    if not isinstance(base, str):
        raise SettingsError(f"In “{path.name}”, extends: give the name of one TOML file.")
    beside = path.parent / base
    found = beside if beside.is_file() or not (CONFIG_FOLDER / base).is_file() else CONFIG_FOLDER / base
    return _on_top(_merged(found, (*below, path.resolve())), document)


def _on_top(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    tables = {
        key: _on_top(base[key], value)
        for key, value in changes.items()
        if isinstance(value, dict) and isinstance(base.get(key), dict)
    }
    return base | changes | tables


def write_config(path: Path, config: TrainingConfig) -> None:
    """Write a configuration as TOML with every key that was given; :func:`read_config` reads the same again."""
    document = config.model_dump(mode="json", exclude_none=True, exclude_unset=True)
    path.write_text(toml_text(document), encoding="utf-8")


def toml_text(document: dict[str, Any]) -> str:
    """Nested tables as TOML."""
    return "\n".join(_lines(document, "")) + "\n"


def _lines(table: dict[str, Any], name: str) -> Iterator[str]:
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    if name:
        yield f"\n[{name}]"
    # A JSON string, number, boolean or list of them is the same in TOML.
    yield from (f"{_key(key)} = {json.dumps(value, ensure_ascii=False)}" for key, value in plain.items())
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _lines(value, f"{name}.{_key(key)}" if name else _key(key))


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
