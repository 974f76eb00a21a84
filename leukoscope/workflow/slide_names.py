"""Names by which slides are told of, and which files may be some."""

from __future__ import annotations

from pathlib import Path

from leukoscope.sources import slide_names

JOB = "slide"
MONOLAYER, REGION = "monolayer", "region"


def may_be_slide(path: Path) -> bool:
    """Whether it is worth opening a file as a slide; see :func:`leukoscope.sources.slide_names.may_be_slide`."""
    return slide_names.may_be_slide(path)
