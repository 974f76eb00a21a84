"""Autofocus: the sharpest of several planes, coarse first, then finer around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

STEPS = 4
"""Planes on each side of the middle in the coarse round; each further round halves the distance of the planes."""
FINEST = 32
"""It ends where planes are as close as this part of what is searched to one side."""
DISTINCT = 1.05
"""So much sharper than the dullest plane the sharpest must be: on empty glass all are alike."""


@dataclass(frozen=True)
class Focused:
    """What a search found.

    Parameters
    ----------
    z_um
        The sharpest plane, in micrometers.
    is_found
        Whether it is sharper than others and lies inside of what was searched; else the focus stays where it was.
    looks
        How many planes were looked at.
    """

    z_um: float
    is_found: bool
    looks: int


def sharpest_plane(sharpness_at: Callable[[float], float], start_um: float, reach_um: float) -> Focused:
    """Search for the sharpest plane.

    Parameters
    ----------
    sharpness_at
        Moves the focus there and measures any figure that is highest in focus.
    start_um
        Where the focus stands, in micrometers.
    reach_um
        How far to each side it may go; no plane farther is ever looked at.

    Returns
    -------
    Focused
        With the start where nothing is distinctly sharper, or the sharpest lies at an end: focus is farther away.
    """
    seen = dict[float, float]()

    def look(z_um: float) -> float:
        z_um = min(max(round(z_um, 3), start_um - reach_um), start_um + reach_um)
        if z_um not in seen:
            seen[z_um] = sharpness_at(z_um)
        return z_um

    step = reach_um / STEPS
    for number in range(-STEPS, STEPS + 1):
        look(start_um + number * step)
    best = max(seen, key=lambda z: (seen[z], -abs(z - start_um)))
    while step > reach_um / FINEST:
        step /= 2
        for side in (-step, step):
            look(best + side)
        best = max(seen, key=lambda z: (seen[z], -abs(z - start_um)))
    is_inside = abs(best - start_um) < reach_um * (1 - 1e-6)
    is_found = is_inside and seen[best] >= DISTINCT * min(seen.values())
    return Focused(best if is_found else start_um, is_found, len(seen))
