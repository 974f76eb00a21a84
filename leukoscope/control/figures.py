"""The figures under daily control: what each is called, how much of a change matters, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leukoscope.control.limits import Limits, limits_of


@dataclass(frozen=True)
class ControlFigure:
    """A figure that is measured each day.

    Parameters
    ----------
    code
        Name in files.
    unit
        Empty for a ratio.
    least
        Smallest standard deviation that limits are set from, as a part of the mean.
    above, below
        What to do when it is out of control on that side.
    decimals
        As many are shown.
    """

    code: str
    unit: str
    least: float
    above: str
    below: str
    decimals: int

    def limits(self, values: tuple[float, ...]) -> Limits | None:
        """Limits from the runs of a baseline; ``None`` with too few.

        A change of ``least`` matters to nobody, so it counts as on no side of the mean: without that, ten runs in a
        row on one side alarm on one day in a hundred whatever is measured, as the mean itself is known from 20 runs.
        """
        if not values:
            return None
        least = self.least * abs(sum(values)) / len(values)
        return limits_of(values, least, least)


_WHITE = "The white balance drifted: set it on empty glass (Capture, Set white)."
_STAIN = "The stain differs from the control slides' usual: check times, pH and age of the stain, and stain again."

FIGURES: tuple[ControlFigure, ...] = (
    ControlFigure(
        "light", "levels", 0.01,
        "Too much light: lower lamp or exposure.", "Too little light: clean the lens, or raise lamp or exposure.", 1,
    ),
    ControlFigure("glass_red", "", 0.01, _WHITE, _WHITE, 3),
    ControlFigure("glass_blue", "", 0.01, _WHITE, _WHITE, 3),
    ControlFigure(
        "focus", "", 0.05,
        "Sharper than the control slides are usually: check that sharpening is off in the camera.",
        "Less sharp: focus again, and clean objective, slide and camera window.", 3,
    ),
    ControlFigure(
        "red_cell_px", "px", 0.025,
        "Magnified more: check objective, adapter and camera resolution, and the scale that is set.",
        "Magnified less: check objective, adapter and camera resolution, and the scale that is set.", 1,
    ),
    ControlFigure("red_cell_stain", "OD", 0.02, _STAIN, _STAIN, 3),
    ControlFigure("nuclear_stain", "OD", 0.03, _STAIN, _STAIN, 3),
)  # fmt: skip
"""The floors are what the fields of one slide vary by (tests/benchmarks/bench_control.py)."""

BY_CODE: Mapping[str, ControlFigure] = {one.code: one for one in FIGURES}
