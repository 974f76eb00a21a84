"""ImageAnalysis: everything the program found out about one image, or the sentence why it could not."""

from __future__ import annotations

from dataclasses import dataclass

from leukoscope.domain.cells import View
from leukoscope.domain.findings import Finding
from leukoscope.domain.frames import Frame
from leukoscope.domain.quality import QualityReport


@dataclass(frozen=True, eq=False)
class ImageAnalysis:
    """The outcome for one image.

    Parameters
    ----------
    source
        Path of the file, or the name of the Frame when there is no file.
    frame
        The Frame; ``None`` when it could not be read.
    view
        What the Frame was taken to show; never ``AUTO``.
    quality
        ``None`` when it could not be read.
    findings
        One for each cell, in reading order.
    error
        One sentence for a technician, ``None`` when all went well.
    """

    source: str
    frame: Frame | None = None
    view: View = View.CELL
    quality: QualityReport | None = None
    findings: tuple[Finding, ...] = ()
    error: str | None = None
