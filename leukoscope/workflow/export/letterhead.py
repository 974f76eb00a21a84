"""The lab's logo: a picture of any size that stands on white paper."""

from __future__ import annotations

import logging
from pathlib import Path

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.sources.decoder import decoder
from leukoscope.sources.files import read_bytes

logger = logging.getLogger(__name__)


def load_logo(path: str) -> Pixels | None:
    """Read a logo, on white where it is transparent; ``None`` where there is none that can be read.

    It is opened in the process for foreign files. A report without its logo is better than no report: what is wrong
    stands in the log.
    """
    if not path:
        return None
    try:
        return decoder().logo(read_bytes(Path(path)), Path(path).name).pixels
    except ImageError as error:
        logger.warning("logo unusable: %s", error.detail)
        return None
