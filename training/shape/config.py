"""The typed configuration of a fit on figures of shape, read from a TOML file. Unknown keys are refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from leukoscope.domain.errors import SettingsError
from leukoscope.domain.morphology import BY_CODE
from training.config import Fraction, LymphocyteConfig
from training.data_config import DataConfig, SplitConfig, Strict

FEWEST, MOST = 6, 14
"""Figures in the regression: with fewer it misses what a person sees, with more it learns the people."""


class ShapeConfig(Strict):
    """Everything that decides the fit."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    title: str
    version: str = "1.0.0"
    seed: int = 1
    figures: tuple[str, ...] = Field(min_length=FEWEST, max_length=MOST)
    logarithms: tuple[str, ...] = Field((), description="Figures of which the logarithm enters.")
    strength: float = Field(1.0, gt=0.0, description="Inverse of the L2 penalty on standardized figures.")
    dealings: int = Field(6, ge=6, description="Different ways to deal the people into folds.")
    unsure_share: Fraction = 0.15
    data: DataConfig = DataConfig()
    split: SplitConfig = SplitConfig()
    lymphocytes: LymphocyteConfig | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = sorted({*self.figures, *self.logarithms} - set(BY_CODE))
        if unknown or len(set(self.figures)) != len(self.figures):
            raise ValueError(f"figures {unknown or self.figures} are not known or named twice")
        if not set(self.logarithms) <= set(self.figures):
            raise ValueError("logarithms names a figure that does not enter")
        return self


def read_shape_config(path: Path) -> ShapeConfig:
    """Read and validate a TOML file.

    Raises
    ------
    SettingsError
        When it cannot be read, is no TOML, or does not fit the schema.
    """
    try:
        return ShapeConfig.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"“{path}” is not a readable configuration: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsError(f"“{path}” is not valid at {where}: {first['msg']}.", str(error)) from error
