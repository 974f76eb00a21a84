"""Explanation maps as PNG files: what the models saw, with the map on its fixed color scale."""

from __future__ import annotations

from pathlib import Path

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.errors import ReportError
from leukoscope.domain.file_names import file_stem
from leukoscope.domain.findings import Finding, Opinion
from leukoscope.domain.keys import mark_of
from leukoscope.imaging.quick_png import quick_png
from leukoscope.workflow.map_overlays import printed_overlay, visible_part

MAPS_FOLDER = "maps"
MAP_OPACITY = 0.6


def write_maps(analysis: ImageAnalysis, stage: Path, palette: str) -> tuple[tuple[dict[str, str], ...], ...]:
    """Write the maps of one image; returns for each cell and opinion: map name -> path relative to the stage."""
    if not analysis.findings or analysis.frame is None:
        return ()
    folder = stage / MAPS_FOLDER
    # The whole source stands for it: two images of one name, or one image in two folders, have maps of their own.
    prefix = f"{file_stem(Path(analysis.source).stem, 'image')}{mark_of(f'{analysis.source} {analysis.frame.sha256}')}"
    try:
        folder.mkdir(exist_ok=True)
        return tuple(
            tuple(
                _write_opinion_maps(finding, opinion, stage, f"{prefix}-c{index}", palette)
                for opinion in finding.opinions
            )
            for index, finding in enumerate(analysis.findings, start=1)
        )
    except OSError as error:
        message = "There is no room on the disk for the maps; free some space, then try again."
        raise ReportError(message, repr(error)) from error


def _write_opinion_maps(finding: Finding, opinion: Opinion, stage: Path, prefix: str, palette: str) -> dict[str, str]:
    written = {}
    assert finding.cell_image is not None, "maps are written while the CellImage is at hand"
    for one in opinion.maps:
        seen = visible_part(finding.cell_image, finding.cell_image.pixels, one)
        drawn = printed_overlay(seen, one, opinion.leaning, MAP_OPACITY, palette)
        # No name of a model or layer has a plus sign in it: no two pairs of them read alike.
        model = file_stem(f"{opinion.bundle.name}+{one.name}", "model")
        name = f"{MAPS_FOLDER}/{prefix}-{model}.png"
        (stage / name).write_bytes(quick_png(drawn))
        written[one.name] = name
    return written
