"""``python -m tests.benchmarks control``: what the control charts find and how often they alarm for nothing.

Drawn fields of control slides are measured by the program's own functions. Each day's stain, light and focus vary a
little, each run is the median of five fields, the first twenty days set the limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import cv2
import numpy as np

from leukoscope.control.chart import ControlRun, charts
from leukoscope.control.limits import LEAST_RUNS
from leukoscope.control.measured import median_of_fields
from leukoscope.domain.cells import View
from leukoscope.domain.frames import Frame, Pixels
from leukoscope.imaging.background import estimate_background, optical_density
from leukoscope.imaging.control_figures import measure_field
from leukoscope.imaging.localize import localize
from leukoscope.sources.demo import HEALTHY_BLOOD, demo_field

FIELDS, POOL = 5, 60
DAYS, TRIES, STRETCH = 400, 20, 40
START = datetime(2026, 1, 1, 8, tzinfo=UTC)
STAIN_SD, LIGHT_SD, BLUR_SD = 0.01, 0.004, 0.15
"""How much a day differs from the next on a microscope that nobody touched: parts of the mean, and pixels."""


@dataclass(frozen=True)
class Shift:
    """What is done to all fields of a day: factors of stain and light, and a blur in pixels."""

    stain: float = 1.0
    light: float = 1.0
    blur: float = 0.0


SHIFTS = {
    "stain +10 %": Shift(stain=1.1),
    "stain -10 %": Shift(stain=0.9),
    "light +5 %": Shift(light=1.05),
    "light -5 %": Shift(light=0.95),
    "focus, blur of 1 px": Shift(blur=1.0),
}


def shifted(pixels: Pixels, shift: Shift) -> Pixels:
    """A field under other stain, light and focus; levels above 255 are cut off as a camera's are."""
    height, width = pixels.shape[:2]
    background = estimate_background(pixels)
    density = optical_density(pixels, background) * np.float32(shift.stain)
    if shift.blur > 0.05:
        density = np.asarray(cv2.GaussianBlur(density, (0, 0), shift.blur), np.float32)
    glass = cv2.resize(np.log10(background + 1), (width, height), interpolation=cv2.INTER_LINEAR)
    levels = shift.light * (np.power(np.float32(10), glass - density) - 1)
    out: Pixels = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return out


def day(rng: np.random.Generator, pool: Sequence[Frame], number: int, shift: Shift) -> ControlRun:
    """One day's run: some fields of the slide, as the day made them."""
    today = Shift(
        shift.stain * (1 + STAIN_SD * rng.standard_normal()),
        shift.light * (1 + LIGHT_SD * rng.standard_normal()),
        shift.blur + abs(BLUR_SD * rng.standard_normal()),
    )
    figures = []
    for place in rng.choice(len(pool), FIELDS, replace=False):
        frame = replace(pool[place], pixels=shifted(pool[place].pixels, today))
        figures.append(measure_field(frame, localize(frame, View.FIELD)))
    return ControlRun(START + timedelta(days=number), "simulated", median_of_fields(figures), FIELDS)


def alarms(runs: Sequence[ControlRun]) -> list[bool]:
    """Whether each run after the baseline breaks a rule of any figure."""
    found = np.zeros(len(runs), bool)
    for chart in charts(runs, "simulated"):
        found |= [bool(point.rules) for point in chart.points]
    return [bool(one) for one in found[LEAST_RUNS:]]


def figures(days: int = DAYS, tries: int = TRIES, seed: int = 2026) -> Iterator[str]:
    """False alarms over quiet days, then shifts found in the first two runs."""
    rng = np.random.default_rng(seed)
    pool = [demo_field(number, 640, 512, leukocytes=4, kinds=HEALTHY_BLOOD) for number in range(POOL)]
    make = partial(day, rng, pool)
    quiet = [make(number, Shift()) for number in range(LEAST_RUNS + days)]
    # Each stretch has a baseline of its own: how well twenty days know the mean is a part of the question.
    false, held = 0, 0
    for _ in range(days // STRETCH):
        chosen = rng.choice(len(quiet), LEAST_RUNS + STRETCH, replace=False)
        stretch = [replace(quiet[place], at=START + timedelta(days=n)) for n, place in enumerate(chosen)]
        told = alarms(stretch)
        false, held = false + sum(told), held + len(told)
    yield f"false alarms: {false} of {held} days ({100 * false / held:.2f} %)"
    for name, shift in SHIFTS.items():
        found = 0
        for _ in range(tries):
            chosen = rng.choice(len(quiet), LEAST_RUNS, replace=False)
            base = [replace(quiet[place], at=START + timedelta(days=n)) for n, place in enumerate(chosen)]
            found += any(alarms([*base, *(make(LEAST_RUNS + n, shift) for n in range(2))]))
        yield f"{name}: found within two runs in {found} of {tries}"


def main() -> None:
    """Print the figures."""
    for line in figures():
        print(line, flush=True)


if __name__ == "__main__":
    main()
