"""Scale of an uncalibrated image from all images of its case: one image's few red cells are weak evidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leukoscope.imaging.scale import RedCells

ENOUGH = 6
"""Red cells that must stand behind a pooled scale."""
MOST = 20
"""An image counts for at most so many: a crowded one is one image still."""
STRONG = 8
"""An image with so many single red cells knows by itself that it was taken with another objective."""
OTHER_OBJECTIVE = 1.45
"""Ratio of scales that no two fields of one objective reach: whole BCCD fields lie within 0.86 to 1.16 of the middle.

Neighboring objectives (40x, 60x, 100x) are 1.5 apart and more.
"""


def pooled_um_per_px(evidence: Sequence[RedCells]) -> float | None:
    """The weighted median of what several images say.

    Parameters
    ----------
    evidence
        One for each image in which red cells were measured.

    Returns
    -------
    float or None
        ``None`` when there are too few red cells in all of them together.
    """
    if sum(one.count for one in evidence) < ENOUGH:
        return None
    ordered = sorted(evidence, key=lambda one: one.um_per_px)
    weights = np.cumsum([min(one.count, MOST) for one in ordered])
    return ordered[int(np.searchsorted(weights, weights[-1] / 2))].um_per_px


def um_per_px_in_case(own: RedCells | None, others: Sequence[RedCells]) -> float | None:
    """Scale of one uncalibrated image among the images of its case.

    Parameters
    ----------
    own
        What the image itself shows.
    others
        What the images of its case show; whether ``own`` is among them hardly matters.

    Returns
    -------
    float or None
        The pooled scale, or the image's own where it shows enough red cells of a clearly different size (another
        objective); ``None`` when neither says anything.
    """
    pooled = pooled_um_per_px(others)
    if own is None:
        return pooled
    if pooled is None:
        return own.um_per_px
    ratio = max(own.um_per_px / pooled, pooled / own.um_per_px)
    if own.count >= STRONG and ratio > OTHER_OBJECTIVE:
        return pooled_um_per_px([one for one in others if _alike(one, own)]) or own.um_per_px
    return pooled


def _alike(one: RedCells, other: RedCells) -> bool:
    return max(one.um_per_px / other.um_per_px, other.um_per_px / one.um_per_px) <= OTHER_OBJECTIVE
