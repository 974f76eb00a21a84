"""Which stain styles a differential's training cells have and may be given: of C-NMC's people, of PBC and of BCCD."""

from __future__ import annotations

import numpy as np

from leukoscope.domain.cell_classes import LYMPHOCYTE, MONOCYTE
from training.differential.cells import TRAIN, LabeledCells
from training.styles import SMALL, Style, style_of

_CELLS = 120
"""Cells drawn from each person."""


def find_styles(cells: LabeledCells, seed: int) -> tuple[dict[str, Style], tuple[Style, ...]]:
    """The style of each source or person, and all styles that a cell may be given; read off training cells only.

    Parameters
    ----------
    cells
        All of a run.
    seed
        Fixes the drawing.

    Returns
    -------
    tuple
        Style of each known origin by :func:`origin`, and the styles to choose from: one for each person of C-NMC, and
        as many of PBC and of BCCD.
    """
    rng = np.random.default_rng([seed, 17])
    sources, groups, codes = cells.of("source"), cells.of("group"), cells.of("code")
    own: dict[str, Style] = {}
    choice: list[Style] = []
    for person in sorted(set(groups[sources == "c-nmc"])):
        rows = rng.permutation(np.flatnonzero((sources == "c-nmc") & (groups == person)))[:_CELLS]
        own[f"c-nmc/{person}"] = style_of(cells.pixels[np.sort(rows)], rng)
        choice.append(own[f"c-nmc/{person}"])
    known = cells.whole & (cells.of("part") == TRAIN)
    # BCCD has few lymphocytes: its monocytes, mononuclear too, are looked at with them.
    for lab, kinds in (("pbc", (LYMPHOCYTE,)), ("bccd", (LYMPHOCYTE, MONOCYTE))):
        rows = np.flatnonzero(known & (sources == lab) & np.isin(codes, kinds))
        if rows.size < SMALL:
            continue
        own[lab] = style_of(cells.pixels[rows], rng)
        choice.append(own[lab])
        for _ in range(SMALL):
            choice.append(style_of(cells.pixels[np.sort(rng.permutation(rows)[:SMALL])], rng))
    return own, tuple(choice)


def origin(source: str, group: str) -> str:
    """Key of the style that a cell has by itself."""
    return f"c-nmc/{group}" if source == "c-nmc" else source
