"""The eleven attributes that WBCAtt gives to cells of PBC by file name (Tsutsui et al., NeurIPS 2023)."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import SettingsError
from leukoscope.inference.manifest import AttributeHead
from training.differential.cells import LabeledCell

COLUMNS = (
    "cell_size",
    "cell_shape",
    "nucleus_shape",
    "nuclear_cytoplasmic_ratio",
    "chromatin_density",
    "cytoplasm_vacuole",
    "cytoplasm_texture",
    "cytoplasm_colour",
    "granule_type",
    "granule_colour",
    "granularity",
)
PARTS = ("train", "val", "test")
UNKNOWN = -1


@dataclass(frozen=True)
class AttributeTable:
    """What the authors say of each file.

    Parameters
    ----------
    values
        File name -> value of each column.
    parts
        File name -> the authors' part: train, val or test.
    """

    values: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, str]

    @property
    def heads(self) -> tuple[AttributeHead, ...]:
        """Name and possible values of each attribute, in the order of the columns."""
        rows = list(self.values.values())
        return tuple(
            AttributeHead(name=column.replace("_", "-"), values=tuple(sorted({row[i] for row in rows})))
            for i, column in enumerate(COLUMNS)
        )

    def labels(self, cells: Sequence[LabeledCell]) -> NDArray[np.int64]:
        """Number of each cell's value, shape (n, attributes); ``UNKNOWN`` where nobody looked."""
        heads = self.heads
        found = np.full((len(cells), len(COLUMNS)), UNKNOWN, dtype=np.int64)
        for row, cell in enumerate(cells):
            if cell.source == "pbc" and not cell.made and cell.name in self.values:
                given = self.values[cell.name]
                found[row] = [head.values.index(value) for head, value in zip(heads, given, strict=True)]
        return found


def read_attributes(folder: Path) -> AttributeTable:
    """Read ``pbc_attr_v1_{train,val,test}.csv``.

    Raises
    ------
    SettingsError
        When a file is missing or has not these columns.
    """
    values: dict[str, tuple[str, ...]] = {}
    parts: dict[str, str] = {}
    for part in PARTS:
        path = folder / f"pbc_attr_v1_{part}.csv"
        try:
            with path.open(encoding="utf-8", newline="") as stream:
                for row in csv.DictReader(stream):
                    values[row["img_name"]] = tuple(row[column] for column in COLUMNS)
                    parts[row["img_name"]] = part
        except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
            raise SettingsError(f"“{path}” is no attribute table of WBCAtt; check the folder.", repr(error)) from error
    return AttributeTable(values, parts)
