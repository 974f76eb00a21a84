"""What a manifest says about the input of its model."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from leukoscope.domain.cuts import Cut, Cutting
from leukoscope.domain.errors import BundleError
from leukoscope.domain.feeding import LARGEST_CANVAS, Color, Feeding, Resize, Scaling

Cells = Literal["labeled", "drawn"]
"""Whose cells a way of feeding was tried on: a person's own, or drawn by the program."""
Finite = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Deviation = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]


class Strict(BaseModel):
    """Part of a manifest: unknown keys are refused, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Preprocessing(Strict):
    """How a Cell becomes the model's input (see ``domain/feeding.py`` and ``inference/preprocessing.py``).

    Bundles of the house take raw RGB samples 0..255 as float32; each branch's own scaling is a layer inside the model.
    For imported models it says what the file expects instead. What an older manifest leaves out has the value that it
    always had.
    """

    color: Color = "RGB"
    channels: Literal[1, 3] = 3
    cut_out: Cutting = Cutting.BLACK
    canvas: int = Field(
        450, ge=32, le=LARGEST_CANVAS, description="Side of the square that is cut out, in pixels of a CellImage."
    )
    crop: int = Field(300, ge=16, le=LARGEST_CANVAS, description="Side of the central square that is kept.")
    height: int = Field(224, ge=4, le=2048)
    width: int = Field(224, ge=4, le=2048)
    resize: Resize = "area"
    scaling: Scaling = "0..255"
    mean: tuple[Finite, ...] = Field((), description="Of each channel, in the range of scaling; taken away.")
    deviation: tuple[Deviation, ...] = Field((), description="Of each channel; what is left is divided by it.")

    @model_validator(mode="after")
    def _crop_fits(self) -> Self:
        if self.crop > self.canvas:
            raise ValueError("crop is larger than canvas")
        return self

    @model_validator(mode="after")
    def _channels_fit(self) -> Self:
        if self.channels == 1 and self.color != "gray":
            raise ValueError("one channel is gray")
        if {len(self.mean), len(self.deviation)} - {0, self.channels}:
            raise ValueError("give a mean and a deviation for each channel, or none")
        return self

    @property
    def cut(self) -> Cut:
        """How the cell is cut out before this crops it."""
        return Cut(self.cut_out) if self.cut_out is Cutting.WHOLE else Cut(self.cut_out, self.canvas)

    @property
    def feeding(self) -> Feeding:
        """The same without the size of the input."""
        return Feeding(**{one.name: getattr(self, one.name) for one in fields(Feeding)})

    @classmethod
    def of(cls, feeding: Feeding, height: int, width: int, channels: int = 3) -> Self:
        """For a network of this input.

        Raises
        ------
        BundleError
            When the numbers do not go together.
        """
        try:
            return cls(**vars(feeding), height=height, width=width, channels=cast(Literal[1, 3], channels))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the input"
            raise BundleError(f"A model cannot be fed so, see {where}: {first['msg']}.", str(error)) from error


class FeedingTrial(Strict):
    """How well a model told leukemic from healthy cells when it was fed so, on the cells that chose the way.

    Parameters
    ----------
    auroc, low, high
        Area under the ROC curve with its 95 % interval; missing where the model gave no number.
    leukemic, healthy
        How many cells of each side.
    cells
        Whose they were.
    ways
        How many ways were tried.
    """

    auroc: Share | None
    low: Share | None
    high: Share | None
    leukemic: int = Field(ge=0)
    healthy: int = Field(ge=0)
    cells: Cells
    ways: int = Field(ge=1)

    @property
    def text(self) -> str:
        """In one line: ``12 leukemic and 12 healthy drawn cells: AUROC 0.93 (0.75 to 0.98)``."""
        found = "no AUROC" if self.auroc is None else f"AUROC {self.auroc:.2f} ({self.low:.2f} to {self.high:.2f})"
        whose = "drawn cells" if self.cells == "drawn" else "labeled cells"
        return f"{self.leukemic} leukemic and {self.healthy} healthy {whose}: {found}"
