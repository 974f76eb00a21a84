"""What the frozen part of the network makes of every cell and of its variants; kept on disk, resumed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cell_classes import NO_WHITE_CELL
from training.differential.cells import LabeledCell, LabeledCells
from training.differential.network import Network
from training.differential.recipe import Recipe
from training.differential.styles import find_styles, origin
from training.differential.synthetic_cells import PIECE, SMUDGE, piece_of, smudge_of
from training.differential.variants import plain, variant
from training.frozen import compiled

Say = Callable[[str], None]
PLAIN = -1
_CHUNK = 64
_MADE, _VARIANT = 3, 5


class Material:
    """All cells of a run, those made of others included, as pixels for the network.

    Parameters
    ----------
    cells
        The real ones.
    recipe
        Of the run.
    """

    def __init__(self, cells: LabeledCells, recipe: Recipe) -> None:
        self._cells, self._recipe = cells, recipe
        self._own, self._styles = find_styles(cells, recipe.seed)
        self._made_of = _choose(cells, recipe)
        made = [
            LabeledCell(NO_WHITE_CELL, fact.source, fact.name, fact.group, fact.part, made=kind)
            for fact, kind in ((cells.facts[row], kind) for row, kind in self._made_of)
        ]
        self.facts = (*cells.facts, *made)
        """Of all cells, shape (n,): first the real ones."""

    def pixels(self, row: int, draw: int) -> NDArray[np.uint8]:
        """One cell for the network, (side, side, 3); ``draw`` ``PLAIN`` is the cell as it is."""
        recipe, fact = self._recipe, self.facts[row]
        cell = self._cell(row)
        if draw == PLAIN:
            return plain(cell, recipe.side)
        rng = np.random.default_rng([recipe.seed, _VARIANT, draw, row])
        own = self._own.get(origin(fact.source, fact.group))
        return variant(cell, own, self._styles, recipe.side, recipe.variants, rng)

    def _cell(self, row: int) -> NDArray[np.uint8]:
        real = len(self._cells.facts)
        if row < real:
            return np.asarray(self._cells.pixels[row])
        of, kind = self._made_of[row - real]
        rng = np.random.default_rng([self._recipe.seed, _MADE, row])
        return (piece_of if kind == PIECE else smudge_of)(np.asarray(self._cells.pixels[of]), rng)


def _choose(cells: LabeledCells, recipe: Recipe) -> list[tuple[int, str]]:
    """Which cells pieces and smudges are made of: whole white cells of any class."""
    rng = np.random.default_rng([recipe.seed, _MADE])
    white = np.flatnonzero(cells.whole & (cells.of("code") != NO_WHITE_CELL))
    chosen = rng.permutation(white)[: recipe.made_pieces + recipe.made_smudges]
    return [(int(row), PIECE if number < recipe.made_pieces else SMUDGE) for number, row in enumerate(chosen)]


def activation_file(folder: Path, draw: int) -> Path:
    """Where the activations of one variant of every cell lie."""
    return folder / ("plain.npy" if draw == PLAIN else f"draw-{draw}.npy")


def compute_activations(material: Material, network: Network, recipe: Recipe, folder: Path, say: Say) -> None:
    """Compute what is not there yet: float16, shape (n, rows, columns, channels), one file a variant."""
    folder.mkdir(parents=True, exist_ok=True)
    todo = [d for d in range(PLAIN, recipe.fit.draws) if not activation_file(folder, d).is_file()]
    if not todo:
        return
    program = compiled(network.frozen)
    shape = tuple(network.frozen.output.shape[1:])
    for draw in todo:
        start = time.monotonic()
        found = _one_draw(material, draw, program, shape)
        part = activation_file(folder, draw).with_suffix(".part.npy")
        np.save(part, found)
        part.replace(activation_file(folder, draw))
        say(f"frozen part: {draw + 2} of {recipe.fit.draws + 1} passes, {time.monotonic() - start:.0f} s")


def _one_draw(
    material: Material, draw: int, program: Callable[[NDArray[np.float32]], NDArray[np.float32]], shape: Sequence[int]
) -> NDArray[np.float16]:
    count = len(material.facts)
    found = np.empty((count, *shape), np.float16)
    with ThreadPoolExecutor(2, thread_name_prefix="variants") as pool:
        for first, last in pairwise([*range(0, count, _CHUNK), count]):
            pixels = list(pool.map(lambda row: material.pixels(row, draw), range(first, last)))
            found[first:last] = program(np.stack(pixels).astype(np.float32))
    return found
