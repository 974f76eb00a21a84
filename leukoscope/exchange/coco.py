"""Marked images as COCO has them (Lin et al. 2014): boxes, outlines and classes, one document for each part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.marked_images import MarkedCell, MarkedImage


def coco_document(images: Sequence[MarkedImage], words: Sequence[str]) -> dict[str, object]:
    """The document of one part.

    Parameters
    ----------
    images
        Their files lie in one folder, the root that a reader of COCO is given.
    words
        Every class that a cell of any part has, in the order of their numbers, which begin with 1: the same for all
        parts.

    Returns
    -------
    dict
        For JSON. Beside what COCO asks for, an image has ``subject`` and ``um_per_px``, a cell ``decided`` (a person
        said it) and ``flags``.

    Raises
    ------
    ValueError
        When a cell's class is not among the words.
    """
    numbers = {word: number for number, word in enumerate(words, start=1)}
    cells = ((number, cell) for number, image in enumerate(images, start=1) for cell in image.cells)
    return {
        "info": {"description": "Cells of reviewed cases, under pseudonyms", "version": "1"},
        "licenses": [],
        "categories": [_category(word, number) for word, number in numbers.items()],
        "images": list(_images(images)),
        "annotations": [
            _annotation(cell, number, image, numbers) for number, (image, cell) in enumerate(cells, start=1)
        ],
    }


def _category(word: str, number: int) -> dict[str, object]:
    family = CELL_CLASSES[word].family.value if word in CELL_CLASSES else "verdict"
    return {"id": number, "name": word, "supercategory": family}


def _images(images: Sequence[MarkedImage]) -> Iterator[dict[str, object]]:
    for number, one in enumerate(images, start=1):
        yield {
            "id": number, "file_name": one.name, "width": one.width, "height": one.height, "subject": one.subject,
            "um_per_px": one.um_per_px,
        }  # fmt: skip


def _annotation(cell: MarkedCell, number: int, image: int, numbers: dict[str, int]) -> dict[str, object]:
    if cell.word not in numbers:
        raise ValueError(f"no number for the class {cell.word}")
    box = cell.box
    return {
        "id": number,
        "image_id": image,
        "category_id": numbers[cell.word],
        "bbox": [box.x, box.y, box.width, box.height],
        "area": cell.area,
        "segmentation": [[value for corner in outline for value in corner] for outline in cell.outlines],
        "iscrowd": 0,
        "decided": cell.is_decided,
        "flags": list(cell.flags),
    }
