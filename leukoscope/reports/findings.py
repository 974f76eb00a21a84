"""ImageFindings: what the JSON and the CSV file say of one image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseCell, CaseFrame, Decision, ManualEdit
from leukoscope.domain.comments import Comment
from leukoscope.domain.differential import Differential, counted_among
from leukoscope.domain.findings import Finding
from leukoscope.domain.microscopes import UNKNOWN_MICROSCOPE, Microscope
from leukoscope.domain.quality import QualityReport
from leukoscope.domain.stage import StagePosition

MapPaths = Sequence[Sequence[Mapping[str, str]]]
"""For each cell, for each of its opinions: map name -> path of its PNG relative to the output folder."""


@dataclass(frozen=True, eq=False)
class ImageFindings:
    """One image with its cells.

    Parameters
    ----------
    path
        Where it came from.
    sha256
        Of the file; ``None`` when it could not be read.
    quality
        ``None`` when it could not be read.
    error
        The sentence why it could not be read or judged.
    findings
        In reading order.
    decisions
        A person's label for each cell, or empty when nobody was asked.
    map_paths
        Empty when no maps were written.
    added
        Who drew each cell, or empty when nobody drew any.
    removed
        Cells that a person took out.
    microscope
        What it was taken with.
    stage
        Where on the glass it was taken, where that is known.
    comments
        What a person remarked on each cell, or empty when nobody did.
    """

    path: str
    sha256: str | None
    quality: QualityReport | None
    error: str | None
    findings: tuple[Finding, ...]
    decisions: tuple[Decision | None, ...] = ()
    map_paths: MapPaths = ()
    added: tuple[ManualEdit | None, ...] = ()
    removed: tuple[CaseCell, ...] = ()
    microscope: Microscope = UNKNOWN_MICROSCOPE
    comments: tuple[Comment | None, ...] = ()
    stage: StagePosition | None = None

    @classmethod
    def of_analysis(cls, analysis: ImageAnalysis, map_paths: MapPaths = ()) -> ImageFindings:
        """What an analysis found out."""
        sha256 = analysis.frame.sha256 if analysis.frame else None
        microscope = analysis.frame.origin.microscope if analysis.frame else UNKNOWN_MICROSCOPE
        return cls(
            analysis.source, sha256, analysis.quality, analysis.error, analysis.findings, map_paths=map_paths,
            microscope=microscope, stage=analysis.frame.origin.stage if analysis.frame else None,
        )  # fmt: skip

    @classmethod
    def of_frame(cls, frame: CaseFrame) -> ImageFindings:
        """What a Case holds of one image."""
        findings = tuple(cell.finding for cell in frame.cells)
        decisions = tuple(cell.decision for cell in frame.cells)
        added = tuple(cell.added for cell in frame.cells)
        return cls(
            frame.source, frame.sha256 or None, frame.quality, frame.error, findings, decisions,
            added=added, removed=frame.removed_cells, microscope=frame.microscope,
            comments=tuple(cell.comment for cell in frame.cells),
            stage=frame.origin.stage if frame.origin else None,
        )  # fmt: skip

    @property
    def differential(self) -> Differential:
        """Its cells counted by class: by the person's label, else by the program's."""
        said = (decision.said if decision else None for decision in self.decisions or (None,) * len(self.findings))
        return counted_among(zip(self.findings, said, strict=True))

    def decision(self, index: int) -> Decision | None:
        """A person's decision on one cell."""
        return self.decisions[index] if self.decisions else None

    def drawn(self, index: int) -> ManualEdit | None:
        """Who drew one cell; ``None`` when the program found it."""
        return self.added[index] if self.added else None

    def comment(self, index: int) -> Comment | None:
        """What a person remarked on one cell."""
        return self.comments[index] if self.comments else None

    def maps(self, cell: int, opinion: int) -> Mapping[str, str]:
        """Map name -> path, for one opinion on one cell."""
        return self.map_paths[cell][opinion] if self.map_paths else {}
