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
    floor
        Smallest standard deviation that limits are set from, in the figure's unit.
    """

    code: str
    unit: str
    least: float
    above: str
    below: str
    decimals: int
    floor: float = 0.0

    def limits(self, values: tuple[float, ...]) -> Limits | None:
        """Limits from the runs of a baseline; ``None`` with too few.

        A change of ``least`` matters to nobody, so it counts as on no side of the mean: without that, ten runs in a
        row on one side alarm on one day in a hundred whatever is measured, as the mean itself is known from 20 runs.
        """
        if not values:
            return None
        least = max(self.least * abs(sum(values)) / len(values), self.floor)
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

DAILY_FIGURES: tuple[ControlFigure, ...] = (
    ControlFigure(
        "unsure", "", 0.0,
        "More cells than usual are unsure: look at focus, stain and scale of the day's images.",
        "Fewer cells than usual are unsure: check which models and which site profile judge.", 3, 0.015,
    ),
    ControlFigure(
        "novelty", "", 0.03,
        "Less like known cells than before: check stain, scale and white balance, or teach a site profile.",
        "More like known cells than before: check which models and which site profile judge.", 3,
    ),
    ControlFigure(
        "agreement", "", 0.0,
        "The models agree more than usual: check which models and which site profile judge.",
        "The models disagree more than usual: look at focus and stain, or teach a site profile.", 3, 0.015,
    ),
    ControlFigure(
        "corrections", "", 0.0,
        "People correct the program more than usual: look at the corrected cells, and teach a site profile.",
        "People correct the program less than usual: see by a blinded re-read that cells are looked at.", 3, 0.015,
    ),
)  # fmt: skip
"""Of the daily cases. The floor is what a share of a tenth varies by over a day of 400 cells (binomial: 0.015)."""

BY_CODE: Mapping[str, ControlFigure] = {one.code: one for one in FIGURES}
