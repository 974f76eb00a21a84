"""The figures of a run from those of its fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from leukoscope.domain.control import FieldFigures

LEAST_FIELDS = 3
"""Fewer fields that show a thing do not stand for the slide."""


def median_of_fields(fields: Sequence[FieldFigures]) -> Mapping[str, float]:
    """Median of each figure over the fields that show it: one field with a fold or a clump does not move it.

    Returns
    -------
    mapping
        By code; without those that fewer than ``LEAST_FIELDS`` fields show.
    """
    found: dict[str, list[float]] = {}
    for one in fields:
        for code, value in asdict(one).items():
            if value is not None:
                found.setdefault(code, []).append(value)
    return {code: float(np.median(values)) for code, values in found.items() if len(values) >= LEAST_FIELDS}
