"""What the engine's two processes say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from leukoscope.domain.cells import CutCell
from leukoscope.domain.cuts import Cut
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.judgements import Judgement

MOST_STREAMS = 8
"""So many cells at most are computed at once; each stream has its own working memory."""


@dataclass(frozen=True, eq=False)
class Cell:
    """Parent to child: judge this CellImage. ``ticket`` names the call, ``index`` the cell within it.

    ``features``: whether what enters the heads is wanted too. ``views``: the cell cut out as some bundles want it.
    """

    ticket: int
    index: int
    pixels: Pixels
    bundles: tuple[str, ...]
    maps: bool
    features: bool = False
    views: Mapping[Cut, CutCell] = field(default_factory=dict)


@dataclass(frozen=True)
class Dropped:
    """Parent to child: nobody waits for this call any more."""

    ticket: int


@dataclass(frozen=True)
class Compiling:
    """Child to parent: this bundle is compiled, once."""

    bundle: str


@dataclass(frozen=True)
class Loading:
    """Child to parent: this bundle's graph is loaded."""

    bundle: str


@dataclass(frozen=True)
class Ready:
    """Child to parent: cells can be judged."""


@dataclass(frozen=True, eq=False)
class Judged:
    """Child to parent: what the models say of one cell, or why they say nothing."""

    ticket: int
    index: int
    judgement: Judgement
    error: LeukoScopeError | None


@dataclass(frozen=True)
class Fault:
    """Child to parent: the engine cannot go on."""

    error: LeukoScopeError
