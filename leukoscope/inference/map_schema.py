"""What a manifest says of an imported model's maps: how they did when they were tried at the import."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from leukoscope.inference.input_schema import Strict

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Correlation = Annotated[float, Field(ge=-1.0, le=1.0)]


class Contest(Strict):
    """On how many cells a map did better than two that know nothing of the model: chance, and a plain disc."""

    chance: int = Field(ge=0)
    disc: int = Field(ge=0)


class MapTrial(Strict):
    """One map, tried on some cells.

    ``empty``: on so many cells nothing in the map speaks for what the model says. ``on_cell``: share of its evidence
    that lies on the cell, ``filled``: share of the image that the cell fills. ``random_weights``: mean rank correlation
    with the map of the same model with its weights shuffled (Adebayo et al. 2018). ``deletion``, ``insertion``: Petsiuk
    et al. 2018; ``None`` where the model's answer does not depend on the pixels of the cell.
    """

    cells: int = Field(ge=1)
    empty: int = Field(ge=0)
    on_cell: Share | None = None
    filled: Share
    random_weights: Correlation | None = None
    deletion: Contest | None = None
    insertion: Contest | None = None
