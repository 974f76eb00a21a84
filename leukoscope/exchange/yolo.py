"""Marked images as YOLO's tools read them: a text file of boxes for each image, and a file that names the parts."""

from __future__ import annotations

import json
from collections.abc import Sequence

from leukoscope.domain.marked_images import MarkedImage

KEYS = {"train": "train", "validate": "val", "locked": "test"}
"""What the tools call the parts."""


def yolo_lines(image: MarkedImage, words: Sequence[str]) -> str:
    """The boxes of an image: number of the class, center and size as parts of the image, 0..1; one line for a cell.

    Raises
    ------
    ValueError
        When a cell's class is not among the words.
    """
    numbers = {word: number for number, word in enumerate(words)}
    lines = []
    for cell in image.cells:
        if cell.word not in numbers:
            raise ValueError(f"no number for the class {cell.word}")
        x, y = cell.box.center
        values = x / image.width, y / image.height, cell.box.width / image.width, cell.box.height / image.height
        lines.append(f"{numbers[cell.word]} {' '.join(f'{value:.6f}' for value in values)}\n")
    return "".join(lines)


def yolo_names(parts: Sequence[str], words: Sequence[str]) -> str:
    """The file ``data.yaml``: where the parts lie, relative to it, and what the numbers mean."""
    # A JSON string is the same in YAML.
    folders = [f"{KEYS[part]}: images/{part}\n" for part in parts]
    names = [f"  {number}: {json.dumps(word)}\n" for number, word in enumerate(words)]
    return "".join(["path: .\n", *folders, "names:\n", *names])
