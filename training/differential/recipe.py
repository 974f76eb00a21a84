"""Everything that decides a run of the differential, read from a TOML file. Unknown keys are refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.errors import SettingsError
from training.networks import BACKBONES

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VariantConfig(_Strict):
    """Ranges of the random changes made to training cells; see :mod:`training.differential.variants`."""

    restyle: Fraction = Field(0.6, description="Probability that a cell gets the stain of another lab or person.")
    rim: int = Field(3, ge=0, le=8, description="Largest number of pixels taken off the cell's outline.")
    zoom: Fraction = 0.1
    contrast: Fraction = 0.2
    brightness: float = Field(18.0, ge=0.0, le=128.0, description="In samples of 0 to 255.")
    gain: Fraction = Field(0.06, description="Of each color channel.")
    gamma: float = Field(0.25, ge=0.0, le=2.0, description="Exponent between exp(-gamma) and exp(gamma).")
    blur: float = Field(1.6, ge=0.3, le=5.0, description="Largest sigma in pixels of the network's input.")
    sharpen: float = Field(1.0, ge=0.0, le=5.0)
    noise: float = Field(4.0, ge=0.0, le=50.0, description="Largest sigma, in samples of 0 to 255.")


class FitRecipe(_Strict):
    """How the weights are found: what lies before ``train_from`` is frozen and runs once for each variant."""

    train_from: str = Field("block4c_add", description="Last frozen layer of the backbone.")
    draws: int = Field(
        8, ge=1, le=64, description="Variants of each cell that are kept; epoch e takes variant e mod n."
    )
    epochs: int = Field(8, ge=1)
    batch: int = Field(32, ge=1)
    rate: float = Field(6e-4, gt=0.0, description="AdamW's largest rate; half an epoch of warm-up, then cosine to 1 %.")
    weight_decay: float = Field(0.02, ge=0.0)
    dropout: Fraction = 0.3
    label_smoothing: Annotated[float, Field(ge=0.0, lt=0.5)] = 0.05
    attribute_weight: float = Field(0.15, ge=0.0, description="Of the summed losses of all attributes.")
    ema: float = Field(0.995, ge=0.0, lt=1.0, description="Momentum of the moving average that becomes the weights.")


class Recipe(_Strict):
    """One run."""

    name: str = Field("differential", pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    title: str = "Differential"
    version: str = "1.0.0"
    seed: int = 1
    classes: tuple[str, ...] = Field(min_length=2, description="Codes of cell classes, in the order of the outputs.")
    backbone: str = "efficientnet-lite0"
    crop: int = Field(352, ge=64, le=450, description="Central square of the CellImage that the network sees.")
    stored: int = Field(224, ge=32, le=450, description="Side at which cut-out cells are kept.")
    side: int = Field(160, ge=32, le=450, description="Side of the network's input.")
    folds: int = Field(3, ge=2, le=20, description="Of C-NMC's people.")
    report: Fraction = Field(0.3, description="Share of each PBC class without parts of its own that is only measured.")
    calibrate: Fraction = Field(
        0.1, description="The same for what sets temperature and thresholds; and of BCCD's fields."
    )
    source_weights: dict[str, Annotated[float, Field(gt=0.0, le=20.0)]] = Field(
        {}, description="Weight of a data set's cells in the loss, 1 when not named."
    )
    made_pieces: int = Field(500, ge=0, description="Cells cut off as by a field's edge, made of training cells.")
    made_smudges: int = Field(400, ge=0, description="Burst cells, made of training cells.")
    confident_right: Fraction = Field(0.985, description="Accuracy wanted among the cells that are named.")
    leukemic_kept_out: Fraction = Field(
        0.005, description="Largest share of leukemic cells that the gate may keep out."
    )
    variants: VariantConfig = VariantConfig()
    fit: FitRecipe = FitRecipe()

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = [code for code in self.classes if code not in CELL_CLASSES]
        if unknown or len(set(self.classes)) != len(self.classes):
            raise ValueError(f"classes: unknown or named twice: {', '.join(unknown or self.classes)}")
        if self.backbone not in BACKBONES:
            raise ValueError(f"“{self.backbone}” is no known backbone; known are {', '.join(BACKBONES)}")
        return self


def read_recipe(path: Path) -> Recipe:
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
        return Recipe.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsError(f"In “{path.name}”, {key}: {first['msg']}.", str(error)) from error
