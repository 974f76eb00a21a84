"""Pictures of the same cell: the same file again, or the same cell photographed, turned or encoded again.

Data sets of cells hold them: where fields of a smear overlap, one cell is cut out twice. A copy in the training part
tells the network the answer for the other. A plain perceptual hash cannot find them, for every cell is a round purple
blob on black. So the hash is taken of the cell's bounding box alone, with 256 bits, in all eight orientations, and
every candidate is confirmed by correlating the texture inside both cells.

The limits were measured on C-NMC's training fold 1 (3,581 cells, 6.4 million pairs). 200 cells each encoded as JPEG
of quality 50, shifted, resized by 0.8, brightened, blurred, turned by quarters, flipped, or all of it: every copy is
found; turned by 5 degrees, 90 %. Among the cells themselves 278 pairs come out, correlating by 0.85 to 1.0, all of one
subject and from different photographs. The 32 other pairs within 56 bits are different cells and correlate by at most
0.72.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from leukoscope.domain.frames import Pixels
from training.augment import BACKGROUND, cell_mask

HASH_SIDE = 16
"""Side of the difference hash: 256 bits."""

MAX_DISTANCE = 56
"""Bits in which two pictures of one cell may differ."""

MIN_CORRELATION = 0.8
"""Of the gray texture inside both cells."""

MAX_RATIO = 1.3
"""By how much one picture of a cell may be larger than the other."""

_SIDE = 64
_MIN_TEXTURE = 1.0
"""Standard deviation inside the cell, in gray levels; what has less looks like everything. Real cells have 2.8 up."""
_INSIDE = np.ones((7, 7), np.uint8)
_CHUNK = 256

Gray = NDArray[np.uint8]
Bits = NDArray[np.float32]
Look = TypeVar("Look")


@dataclass(frozen=True, eq=False)
class CellHash:
    """What is kept of a picture to find its like.

    Parameters
    ----------
    gray
        Shape (64, 64), uint8: the cell's bounding box.
    size
        Square root of the box's area, in pixels.
    """

    gray: Gray
    size: float


def cell_hash(pixels: Pixels) -> CellHash | None:
    """Shrink the cell to what the search needs; ``None`` where nothing inside it can be told apart.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB, background black.
    """
    mask = cv2.morphologyEx(cell_mask(pixels).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    x, y, width, height = cv2.boundingRect(mask)
    if not width:
        return None
    box = np.ascontiguousarray(pixels[y : y + height, x : x + width])
    small = cv2.resize(cv2.cvtColor(box, cv2.COLOR_RGB2GRAY), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    gray: Gray = np.asarray(small, dtype=np.uint8)
    inside = gray[_inside(gray, gray)]
    if not inside.size or inside.std() < _MIN_TEXTURE:
        return None
    return CellHash(gray, float(np.sqrt(width * height)))


def _inside(one: Gray, other: Gray) -> NDArray[np.bool_]:
    """Where both show the cell, away from the rim: shape (64, 64)."""
    both = ((one > BACKGROUND) & (other > BACKGROUND)).astype(np.uint8)
    return np.asarray(cv2.erode(both, _INSIDE, borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0)


def _orientations(gray: Gray) -> Iterator[Gray]:
    """Quarter turns of the picture and of its mirror image: eight."""
    for face in (gray, gray[:, ::-1]):
        for turns in range(4):
            yield np.ascontiguousarray(np.rot90(face, turns))


def _bits(gray: Gray) -> Bits:
    """Difference hash as -1 and 1, shape (256,)."""
    hashed = imagehash.dhash(Image.fromarray(gray), HASH_SIDE).hash
    return np.where(hashed.ravel(), 1, -1).astype(np.float32)


def correlation(one: Gray, other: Gray) -> float:
    """How alike the texture inside two cells is: -1 to 1, 0 where they share no inside."""
    inside = _inside(one, other)
    if inside.sum() < _SIDE:
        return 0.0
    a, b = (cv2.GaussianBlur(gray.astype(np.float32), (0, 0), 1.0)[inside] for gray in (one, other))
    a, b = a - a.mean(), b - b.mean()
    length = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / length if length else 0.0


def near_pairs(hashes: Sequence[CellHash | None]) -> list[tuple[int, int]]:
    """Indices (i, j), i < j, of pictures that show the same cell, in ascending order."""
    known = [(index, found) for index, found in enumerate(hashes) if found is not None]
    if not known:
        return []
    upright = np.stack([_bits(found.gray) for _, found in known])
    pairs: set[tuple[int, int]] = set()
    for first in range(0, len(known), _CHUNK):
        part = known[first : first + _CHUNK]
        turned = np.stack([_bits(gray) for _, found in part for gray in _orientations(found.gray)])
        # Of -1 and 1 the product counts agreeing bits less differing ones.
        distances = (upright.shape[1] - turned @ upright.T) / 2
        for row, column in np.argwhere(distances <= MAX_DISTANCE):
            (i, one), (j, other) = part[row // 8], known[column]
            pair = (min(i, j), max(i, j))
            if i == j or pair in pairs or max(one.size, other.size) > MAX_RATIO * min(one.size, other.size):
                continue
            gray = tuple(_orientations(one.gray))[row % 8]
            if correlation(gray, other.gray) >= MIN_CORRELATION:
                pairs.add(pair)
    return sorted(pairs)


def twin_numbers(
    digests: Sequence[str],
    hashes: Sequence[Look | None],
    pairs: Callable[[Sequence[Look | None]], list[tuple[int, int]]],
) -> list[int]:
    """Number the groups of pictures that show the same cell.

    Parameters
    ----------
    digests
        Of the decoded pixels: the same for exact copies.
    hashes
        One for each digest.
    pairs
        Which of them show the same cell: :func:`near_pairs` or another search.

    Returns
    -------
    list
        A group's number for each picture, counted from 0 in the order of the first member; -1 for one without a twin.
    """
    first: dict[str, int] = {}
    edges = [(first.setdefault(digest, index), index) for index, digest in enumerate(digests)]
    # Exact copies are searched once.
    edges += pairs([found if edges[index][0] == index else None for index, found in enumerate(hashes)])
    rows, columns = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(edges)), (rows, columns)), shape=(len(digests), len(digests)))
    _, group = connected_components(graph, directed=False)
    sizes = Counter(group.tolist())
    order: dict[int, int] = {}
    return [order.setdefault(number, len(order)) if sizes[number] > 1 else -1 for number in group.tolist()]
