"""A built-in image through every bundle: does this machine judge at all, and as it should?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cells import View
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.findings import Finding
from leukoscope.domain.frames import Frame
from leukoscope.inference.library import BundleLibrary, InstalledBundle
from leukoscope.sources.demo import demo_cells, demo_field
from leukoscope.workflow.analyze import analyze
from leukoscope.workflow.app_dirs import AppDirs, shipped_models
from leukoscope.workflow.model_panel import make_panel


@dataclass(frozen=True)
class Check:
    """One line of the self-test."""

    name: str
    passed: bool
    sentence: str


@dataclass(frozen=True)
class FrameSource:
    """A Frame that is already in memory; it is analyzed and not kept."""

    frame: Frame

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.frame.origin.name

    def read(self) -> Frame:
        """The Frame."""
        return self.frame

    def image_bytes(self) -> bytes:
        """The raw samples."""
        return self.frame.pixels.tobytes()


def self_test(home: AppDirs) -> Iterator[Check]:
    """Check each installed bundle's files, then let it judge the built-in cells twice.

    Yields
    ------
    Check
        One for each thing looked at, as it is done.
    """
    library = BundleLibrary(shipped_models(), home.models)
    bundles = library.list()
    if not bundles:
        yield Check("models", False, "No model is installed.")
    for bundle in bundles:
        bad = [check for check in library.verify(bundle.manifest.name) if not check.passed]
        sentence = bad[0].sentence if bad else "files are as they were when it was made"
        yield Check(f"{bundle.manifest.name} files", not bad, sentence)
        if not bad:
            yield _judges(home, bundle)


def _judges(home: AppDirs, bundle: InstalledBundle) -> Check:
    name = f"{bundle.manifest.name} judges"
    sources = [*(FrameSource(frame) for frame in demo_cells(2)), FrameSource(demo_field())]
    panel = make_panel((bundle,), home.graphs)
    try:
        panel.start()
        first = list(analyze(sources, panel, view=View.AUTO))
        again = list(analyze(sources, panel, view=View.AUTO))
    except LeukoScopeError as error:
        return Check(name, False, error.message)
    finally:
        panel.close()
    fault = _fault(first, again, len(bundle.manifest.explanations))
    cells = sum(len(one.findings) for one in first)
    return Check(name, fault is None, fault or f"{cells} built-in cells, twice the same, each with its maps")


def _fault(first: list[ImageAnalysis], again: list[ImageAnalysis], maps: int) -> str | None:
    for one, two in zip(first, again, strict=True):
        if one.error or not one.findings:
            return one.error or f"no cell was found in the built-in image {one.source}"
        for a, b in zip(one.findings, two.findings, strict=True):
            said, said_again = _said(a), _said(b)
            if not np.isfinite(said[0]).all() or said[1] != maps:
                return "an opinion is incomplete"
            if said[0] != said_again[0]:
                return "the same cell was judged differently the second time"
    return None


def _said(finding: Finding) -> tuple[tuple[float, ...], int]:
    """The probabilities that one bundle gave a cell, and how many maps."""
    if finding.naming is not None:
        return tuple(finding.naming.probabilities.values()), len(finding.naming.maps)
    (opinion,) = finding.opinions
    return (opinion.probability,), len(opinion.maps)
