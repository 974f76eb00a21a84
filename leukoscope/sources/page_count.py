"""How many images a file of pages holds, in this process: for the one that decodes foreign files."""

from __future__ import annotations

import logging
from pathlib import Path

from leukoscope.sources import tiff
from leukoscope.sources.decoding import decoding_alone

logger = logging.getLogger(__name__)


def count_pages(path: Path) -> tuple[tuple[int, ...], int]:
    """Numbers of the images of a TIFF and how many pages are none."""
    try:
        with path.open("rb") as file, decoding_alone():
            layout = tiff.layout(file)
        return tuple(image.number for image in layout.images), layout.left_out
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - damaged bytes can make a decoder raise anything
        logger.info("pages not counted: %s", type(error).__name__)
        return (0,), 0
