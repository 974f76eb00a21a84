"""The typed configuration of a training run, read from a TOML file. Unknown keys are refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from leukoscope.domain.errors import SettingsError
from leukoscope.inference.manifest import Preprocessing

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Channels = tuple[
    Annotated[float, Field(gt=0.0, le=255.0)],
    Annotated[float, Field(gt=0.0, le=255.0)],
    Annotated[float, Field(gt=0.0, le=255.0)],
]
"""Red, green, blue in 0..255."""
CONFIG_FOLDER = Path(__file__).parent / "configs"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StandardizeConfig(_Strict):
    """Target of the per-cell color standardization inside the network (``layers.CellStandardization``)."""

    mean: Channels = (128.0, 128.0, 128.0)
    deviation: Channels = (40.0, 40.0, 40.0)
    gray: bool = False
    low_pass: float = Field(0.0, ge=0.0, le=16.0, description="Sigma in pixels of the network's input; 0: none.")


class NetworkConfig(_Strict):
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


class DataConfig(_Strict):
    """How cells, classes and subjects are told from a folder; the folder itself is an argument of the verb."""

    layout: Literal["c-nmc", "folders", "csv"] = "c-nmc"
    classes: tuple[str, str] = ("healthy", "leukemic")
    name: str = "cells"
    citation: str = ""
    license: str = ""
    per_subject: int | None = Field(None, ge=1, description="At most so many cells of each subject; for smoke runs.")


class SplitConfig(_Strict):
    """``subject`` keeps every subject on one side; ``image-leaky`` does not and exists to compare with the papers."""

    kind: Literal["subject", "image-leaky"] = "subject"
    folds: int = Field(3, ge=2, le=20)


class AugmentConfig(_Strict):
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


class FitConfig(_Strict):
    """How the weights are found.

    Phase 1 trains the head on frozen backbones, phase 2 also each backbone from ``train_from`` on. What lies before
    is frozen in both phases: its activations are computed once for ``draws`` random variants of every training cell.
    """

    draws: int = Field(4, ge=1, le=64)
    train_from: dict[str, str] = Field(
        default_factory=dict, description="Backbone -> last frozen layer (one tensor passes there); absent: all frozen."
    )
    batch: int = Field(32, ge=1)
    head_epochs: int = Field(4, ge=0)
    head_rate: float = Field(1e-3, gt=0.0)
    tail_epochs: int = Field(4, ge=0)
    tail_rate: float = Field(1e-4, gt=0.0)
    label_smoothing: Annotated[float, Field(ge=0.0, lt=0.5)] = 0.0
    balance: Literal["none", "class", "subject"] = "subject"
    weight_decay: float = Field(0.0, ge=0.0)


class TrainingConfig(_Strict):
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
    fit: FitConfig = FitConfig()
    calibration: Literal["temperature", "platt"] = "temperature"
    unsure_share: Fraction = Field(0.15, description="Share of cells that the unsure band may leave out.")


def read_config(path: Path) -> TrainingConfig:
    """Read and validate a TOML file.

    Raises
    ------
    SettingsError
        When it is missing, is not TOML, or a key is unknown or out of range; the sentence names the key.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The training configuration “{path}” cannot be read: {error}.", repr(error)) from error
    try:
        return TrainingConfig.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsError(f"In “{path.name}”, {key}: {first['msg']}.", str(error)) from error
