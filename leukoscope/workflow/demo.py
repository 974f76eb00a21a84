"""The demo case: something to look at before any microscope is there. All of it is drawn by the program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.inference.library import InstalledBundle
from leukoscope.sources.demo import HEALTHY_BLOOD, LEUKEMIC_BLOOD, demo_cells, demo_field
from leukoscope.workflow.analyze import Judge, analyze
from leukoscope.workflow.demo_findings import read_findings, shipped_file, write_findings
from leukoscope.workflow.images import MemorySource, png_source

SINGLE_CELLS = 3


def demo_sources() -> tuple[MemorySource, ...]:
    """Drawn: a field of ordinary blood, one with blasts, and a few single cells."""
    frames = (demo_field(seed=4, kinds=HEALTHY_BLOOD), demo_field(kinds=LEUKEMIC_BLOOD), *demo_cells(SINGLE_CELLS))
    return tuple(png_source(frame.pixels, frame.origin, frame.um_per_px) for frame in frames)


def judged_already(sources: Sequence[MemorySource], bundles: Sequence[InstalledBundle]) -> tuple[ImageAnalysis, ...]:
    """What these bundles said of the demo case when the program was built; nothing when it was built with others."""
    return read_findings(shipped_file(), [source.read() for source in sources], bundles)


def judge_demo(path: Path, judge: Judge, bundles: Sequence[InstalledBundle]) -> tuple[ImageAnalysis, ...]:
    """Judge the demo case and write what was found into a file: done when the program is built.

    Raises
    ------
    EngineError
        When the engine cannot judge.
    """
    found = tuple(analyze(demo_sources(), judge))
    write_findings(path, found, bundles)
    return found
