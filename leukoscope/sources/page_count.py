"""How many images a file of pages holds, in this process: for the one that decodes foreign files."""

from __future__ import annotations

import logging
from pathlib import Path

from leukoscope.sources import tiff
from leukoscope.sources.decoding import decoding_alone

logger = logging.getLogger(__name__)


def count_pages(path: Path) -> tuple[tuple[int, ...], int, int, bool]:
    """What :class:`leukoscope.sources.pages.Pages` says of a TIFF."""
    try:
        with path.open("rb") as file, decoding_alone():
            layout = tiff.layout(file)
        numbers = tuple(image.number for image in layout.images) or (0,)  # reading it says what is wrong
        return numbers, layout.left_out, layout.layers, layout.private
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - damaged bytes can make a decoder raise anything
        logger.info("pages not counted: %s", type(error).__name__)
        return (0,), 0, 0, False
