"""What a person wants of an import."""

from __future__ import annotations

from dataclasses import dataclass

from leukoscope.domain.feeding import Feeding
from leukoscope.domain.frames import Pixels
from leukoscope.domain.map_kinds import MapKind
from leukoscope.inference.input_schema import FeedingTrial


@dataclass(frozen=True)
class ImportOrder:
    """What to import and where to."""

    file: str
    name: str
    classes: tuple[str, ...]
    """What each of the model's figures means, in their order (see ``sides.py``)."""
    feeding: Feeding
    part: str
    """Folder that becomes the bundle; exists and is empty."""
    maps: MapKind = MapKind.GRAD_CAM
    """How the last activation of each branch is shown."""
    tried: FeedingTrial | None = None
    """What trying this feeding came to."""
    output: str = ""
    """Which of several outputs is meant; empty to take the only one that fits the classes."""
    follows: str = ""
    """Name of the model whose next version this is; empty for none."""
    cells: tuple[Pixels, ...] = ()
    """On which the maps are tried, cut out on black; the probe pictures where there are none."""
