"""Gray planes that are the red, green and blue of one color image: by their names, their colors, or their number."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORDS = {
    "red": 0, "r": 0, "rot": 0, "rouge": 0, "rojo": 0,
    "green": 1, "g": 1, "grün": 1, "gruen": 1, "vert": 1, "verde": 1,
    "blue": 2, "b": 2, "blau": 2, "bleu": 2, "azul": 2,
}  # fmt: skip
_SAYS_NOTHING = re.compile(r"(channel|chan|ch|c|kanal|canal|default|image|plane|gray|grey|rgb|[\W\d_])*", re.IGNORECASE)
Color = tuple[int, int, int]
_PURE: dict[Color, int] = {(255, 0, 0): 0, (0, 255, 0): 1, (0, 0, 255): 2}
_NO_COLORS: tuple[Color, ...] = ((255, 255, 255), (0, 0, 0))


def rgb_order(names: Sequence[str], colors: Sequence[Color | None], count: int) -> tuple[int, int, int] | None:
    """Which plane is red, which green, which blue.

    Parameters
    ----------
    names
        What the file calls the planes; empty where it says nothing.
    colors
        Display colors of the planes, 0..255; ``None`` where it says nothing.
    count
        How many planes there are.

    Returns
    -------
    tuple of int or None
        ``None`` when the planes are something else (dyes of fluorescence), or nobody can tell.
    """
    by_name = _three([_word(name) for name in names])
    if by_name is not None:
        return by_name
    if any(not _SAYS_NOTHING.fullmatch(name) for name in names):
        return None
    by_color = _three([None if color is None else _PURE.get(color) for color in colors])
    if by_color is not None and count == 3:
        return by_color
    if any(color is not None and color not in _NO_COLORS for color in colors):
        return None
    return (0, 1, 2) if count == 3 else None


def _word(name: str) -> int | None:
    """0, 1 or 2 for a name that holds one word for a color."""
    found = {_WORDS[word] for word in re.findall(r"[^\W\d_]+", name.casefold()) if word in _WORDS}
    return found.pop() if len(found) == 1 else None


def _three(places: Sequence[int | None]) -> tuple[int, int, int] | None:
    if sorted(place for place in places if place is not None) != [0, 1, 2]:
        return None
    return places.index(0), places.index(1), places.index(2)
