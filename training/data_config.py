"""The tables ``[data]`` and ``[split]`` of a training configuration: what the cells are and how they are dealt."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Strict(BaseModel):
    """A table that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


LEAVE_OUT = "leave-out"
"""What a folder of pictures stands for in ``data.class_folders`` when it is not to be used."""


class DataConfig(Strict):
    """How cells, classes and subjects are told from a folder; the folder itself is an argument of the verb."""

    layout: Literal["c-nmc", "folders", "csv", "pictures"] = Field(
        "c-nmc",
        description="pictures: a folder of each class at any depth, its name in any case, nobody named.",
    )
    classes: tuple[str, str] = ("healthy", "leukemic")
    class_folders: dict[str, str] = Field(
        default_factory=dict, description="Folder name -> class or leave-out, on top of the names that are known."
    )
    people: str | None = Field(
        None, description="Regular expression whose first group is the person, in a picture's path inside the folder."
    )
    name: str = "cells"
    citation: str = ""
    license: str = ""
    per_subject: int | None = Field(None, ge=1, description="At most so many cells of each subject; for smoke runs.")
    per_class: int | None = Field(None, ge=2, description="At most so many cells of each class; for smoke runs.")
    canvas: Literal["exact", "fit", "resize"] = Field(
        "exact",
        description="A picture of another size is refused, or cut or padded with black about its middle, or stands for "
        "the whole canvas at another resolution.",
    )
    duplicates: Literal["near", "exact", "turned"] = Field(
        "near",
        description="What counts as the same picture; exact only where different cells were taken for one; turned: "
        "also turned by any angle and zoomed, as augmented copies are.",
    )
    unusable: Literal["refuse", "leave-out"] = Field(
        "refuse", description="What is done with pictures that cannot be read or that carry two labels."
    )

    @property
    def knows_people(self) -> bool:
        """Whether it is known whose cell a picture shows."""
        return self.layout != "pictures" or self.people is not None

    @model_validator(mode="after")
    def _folders_are_understood(self) -> Self:
        unknown = sorted({one for one in self.class_folders.values() if one not in (*self.classes, LEAVE_OUT)})
        if unknown:
            raise ValueError(f"class_folders: {unknown[0]} is neither a class of data.classes nor {LEAVE_OUT}")
        if self.layout != "pictures" and (self.class_folders or self.people is not None):
            raise ValueError('class_folders and people go with layout = "pictures"')
        if self.people is not None:
            _check_expression(self.people)
        return self


def _check_expression(text: str) -> None:
    try:
        groups = re.compile(text).groups
    except re.error as error:
        raise ValueError(f"people is no regular expression: {error}") from error
    if not groups:
        raise ValueError("people needs a group: put the part that names the person in round brackets")


class SplitConfig(Strict):
    """How cells are dealt.

    ``subject`` keeps every subject on one side. ``picture`` is for cells of which nobody knows whose they are: all
    pictures of one cell stay on one side, but its person may be on both. ``image-leaky`` keeps nothing together and
    exists to compare with the papers.
    """

    kind: Literal["subject", "picture", "image-leaky"] = "subject"
    folds: int = Field(3, ge=2, le=20)
    test_share: Annotated[float, Field(ge=0.0, lt=0.5)] = Field(
        0.0,
        description="In place of folds one part with about this share of each class is held out; with picture only.",
    )
    deal: int = Field(
        0, ge=0, le=20, description="0: as evenly as can be; N: the Nth of different ways to deal people by chance."
    )
    validation: Literal["none", "held-out"] = Field(
        "none", description="Whether some training subjects only choose weights and rates, as the test cells never may."
    )
    validation_share: float = Field(0.2, gt=0.0, lt=1.0, description="About this share of each class's training cells.")

    @property
    def parts(self) -> int:
        """How many parts are held out in turn."""
        return 1 if self.test_share else self.folds

    @model_validator(mode="after")
    def _one_part_without_people(self) -> Self:
        if self.test_share and self.kind != "picture":
            raise ValueError('test_share goes with kind = "picture"; people are dealt into folds')
        return self
