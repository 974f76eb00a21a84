"""Damaged images, a million of them; see :mod:`tests.torture.fuzz`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.torture import fuzz
from tests.torture.tally import Tally, Until

NAMES = ("images", "images, guarded", "pages of TIFF")


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """Every reader of images."""
    return fuzz.campaign(until, seed, only or NAMES, most)
