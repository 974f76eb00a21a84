"""Lengths as files write them."""

from __future__ import annotations

import math

UNIT_UM = {
    "µm": 1.0, "μm": 1.0, "um": 1.0, "micron": 1.0, "microns": 1.0, "micrometer": 1.0, "\\u00b5m": 1.0,
    "nm": 1e-3, "mm": 1e3, "cm": 1e4, "m": 1e6, "inch": 25400.0,
}  # fmt: skip
"""Micrometers in a unit, by its name in lower case."""


def positive(text: object) -> float:
    """A positive number, else NaN."""
    try:
        value = float(str(text))
    except ValueError:
        return math.nan
    return value if value > 0 else math.nan
