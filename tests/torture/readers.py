"""Damaged inputs of every other kind; see :mod:`tests.torture.fuzz`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.torture import fuzz, images, model_files
from tests.torture.tally import Tally, Until
from tests.torture.targets import TARGETS


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """Every reader but those of images and of model files."""
    return fuzz.campaign(
        until, seed, only or [name for name in TARGETS if name not in {*images.NAMES, *model_files.WANTED}], most
    )
