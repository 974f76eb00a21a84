"""From a Case to a ReportContent: counts, words and pictures, made only when their page is."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from leukoscope import __version__
from leukoscope.domain.cases import Case, CaseCell, CaseFrame, case_mark
from leukoscope.domain.cells import Box, CellImage
from leukoscope.domain.differential import differential
from leukoscope.domain.findings import Opinion
from leukoscope.domain.fingerprint import case_fingerprint
from leukoscope.domain.frames import Frame, Pixels
from leukoscope.domain.weak_evidence import is_weak
from leukoscope.imaging.cellimage import cut_out
from leukoscope.inference.library import InstalledBundle
from leukoscope.inference.manifest import Manifest
from leukoscope.reports.card_grid import compact_side
from leukoscope.reports.content import (
    CellMark,
    EarlierCase,
    ReportCell,
    ReportContent,
    ReportFrame,
    ReportMap,
    ReportOpinion,
    ReportRemoval,
)
from leukoscope.reports.template import DEFAULT, Template
from leukoscope.reports.totals import Totals
from leukoscope.reports.words import ENGLISH, Words
from leukoscope.system.processor import usable_cores
from leukoscope.workflow.export.report_choice import shown_cells, shown_fields
from leukoscope.workflow.export.report_models import models_of
from leukoscope.workflow.map_overlays import map_legend, printed_overlay, thumbnail, visible_part

ReadFrame = Callable[[CaseFrame], Frame]

CELL_SIDE, LARGE_CELL_SIDE = 168, 300
"""Pixels of a cell's picture in print: 25 mm at 170 dpi; larger in reports of at most ``FEW_CELLS``."""
FEW_CELLS = 40
FIELD_WIDTH = 1600
"""Pixels of a field's picture in print: 180 mm at 226 dpi."""
MAP_OPACITY = 0.6
CELLS_AHEAD = 12
"""So many cells are made before they are asked for: 7 MB."""


def report_content(
    case: Case,
    read_frame: ReadFrame,
    bundles: Sequence[InstalledBundle],
    *,
    laboratory: str = "",
    palette: str = "inferno",
    address: str = "",
    logo: Pixels | None = None,
    words: Words = ENGLISH,
    trail: str = "",
    template: Template = DEFAULT,
    earlier: tuple[EarlierCase, ...] = (),
) -> ReportContent:
    """Gather what the report of a case says.

    Parameters
    ----------
    case
        The case.
    read_frame
        Gives the pixels of one of its images; called when its page is made.
    bundles
        Installed bundles: titles and training notes of the models that spoke come from them.
    laboratory
        Printed on top; may be empty.
    palette
        Color map of the explanation maps.
    address
        Of the lab; a comma or the end of a line begins a new one.
    logo
        Of the lab: shape (height, width, 3), uint8, RGB.
    words
        The language.
    trail
        Where the audit trail ended when it was printed; empty prints nothing of it.
    template
        What stands on the page with the result, and whose pictures follow.
    earlier
        Earlier cases of the same patient, the first one first.
    """
    manifests = {bundle.manifest.model_sha256: bundle.manifest for bundle in bundles}
    numbers = {cell.id: number for number, cell in enumerate(case.cells, start=1)}
    shown = shown_cells(case.cells, template.appendix)
    cells = [cell for cell in case.cells if cell.id in shown]
    fields = shown_fields(case, shown, template.appendix)
    has_maps = any(opinion.maps for cell in cells for opinion in cell.finding.opinions)
    return ReportContent(
        header=case.header,
        laboratory=laboratory,
        created_at=datetime.now(UTC).astimezone(),
        software=f"LeukoScope {__version__}",
        totals=_totals(case.cells),
        frames=tuple(_frame(frame, numbers, read_frame if frame.id in fields else None) for frame in case.frames),
        models=models_of(case.cells, manifests, words),
        cell_count=len(cells),
        cells=lambda: _cells(case, numbers, shown, read_frame, manifests, palette),
        legend=map_legend(palette, 256, 12) if has_maps else None,
        address=tuple(line.strip() for line in address.replace(",", "\n").splitlines() if line.strip()),
        logo=logo,
        state=case.state,
        signatures=case.signatures,
        amendments=case.amendments,
        fingerprint=case_fingerprint(case),
        words=words,
        drawn=sum(cell.added is not None for cell in case.cells),
        removals=tuple(_removals(case)),
        mark=case_mark(case),
        pictures=_most_images(cells),
        trail=trail,
        template=template,
        earlier=earlier,
        begun_at=case.created_at,
    )


def _removals(case: Case) -> Iterator[ReportRemoval]:
    for frame in case.frames:
        for cell in frame.removed_cells:
            finding, work = cell.finding, cell.removed
            if work is not None:
                name = Path(frame.source).name
                yield ReportRemoval(name, finding.cell.box, finding.label, finding.probability, work)


def _totals(cells: Sequence[CaseCell]) -> Totals:
    counted = differential(cells)
    return Totals(
        labels=dict(Counter(cell.counted for cell in cells if cell.counted is not None)),
        reasons=dict(Counter(reason for cell in cells for reason in cell.finding.unsure)),
        disagreeing=sum(not cell.finding.agree for cell in cells),
        decided=sum(cell.decision is not None for cell in cells),
        changes=dict(Counter((cell.finding.label, cell.counted) for cell in cells)),
        named=sum(cell.counted is None for cell in cells),
        differential=counted if counted.is_known else None,
    )


def _frame(frame: CaseFrame, numbers: Mapping[int, int], read_frame: ReadFrame | None) -> ReportFrame:
    marks = tuple(CellMark(numbers[cell.id], cell.finding.cell.box, cell.counted) for cell in frame.cells)

    def read_image(read: ReadFrame) -> Pixels:
        return _at_most(read(frame).pixels, FIELD_WIDTH)

    return ReportFrame(
        name=Path(frame.source).name,
        sha256=frame.sha256,
        width=frame.width,
        height=frame.height,
        um_per_px=frame.um_per_px,
        view=frame.view,
        quality=frame.quality,
        error=frame.error,
        marks=marks,
        picture=partial(read_image, read_frame) if frame.width and read_frame is not None else None,
        microscope=frame.microscope.name,
    )


def _at_most(pixels: Pixels, width: int) -> Pixels:
    if pixels.shape[1] <= width:
        return pixels
    height = max(1, round(pixels.shape[0] * width / pixels.shape[1]))
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _most_images(cells: Sequence[CaseCell]) -> int:
    """A cell and its maps, of the cell with the most."""
    return 1 + max((sum(len(one.maps) for one in cell.finding.opinions) for cell in cells), default=0)


def _cells(
    case: Case,
    numbers: Mapping[int, int],
    shown: Collection[int],
    read_frame: ReadFrame,
    manifests: Mapping[str, Manifest],
    palette: str,
) -> Iterator[ReportCell]:
    pictures = _most_images([cell for cell in case.cells if cell.id in shown])
    # Made as large as they are printed: to make them larger only to shrink them again costs a third of the time.
    side = LARGE_CELL_SIDE if len(shown) <= FEW_CELLS else min(CELL_SIDE, compact_side(pictures))

    def made(frame: CaseFrame, pixels: Frame, cell: CaseCell) -> ReportCell:
        image = cut_out(pixels, cell.finding.cell)
        return _cell(numbers[cell.id], frame, cell, image, manifests, palette, side)

    def jobs() -> Iterator[Callable[[], ReportCell]]:
        for frame in case.frames:
            cells = [cell for cell in frame.cells if cell.id in shown]
            if cells:
                pixels = read_frame(frame)
                yield from (partial(made, frame, pixels, cell) for cell in cells)

    return _a_few_ahead(jobs())


def _a_few_ahead(jobs: Iterator[Callable[[], ReportCell]]) -> Iterator[ReportCell]:
    """Answers in the order of the jobs; a few are worked on while the page before them is drawn and written."""
    with ThreadPoolExecutor(max_workers=min(4, usable_cores())) as pool:
        waiting: deque[Future[ReportCell]] = deque()
        for job in jobs:
            waiting.append(pool.submit(job))
            if len(waiting) >= CELLS_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _cell(
    number: int,
    frame: CaseFrame,
    cell: CaseCell,
    image: CellImage,
    manifests: Mapping[str, Manifest],
    palette: str,
    side: int,
) -> ReportCell:
    finding = cell.finding
    first_map = next((one for opinion in finding.opinions for one in opinion.maps), None)
    seen = visible_part(image, image.pixels, first_map)
    small = {
        one.extent: thumbnail(visible_part(image, image.pixels, one), side)
        for one in {one.extent: one for opinion in finding.opinions for one in opinion.maps}.values()
    }
    return ReportCell(
        number=number,
        frame_name=Path(frame.source).name,
        picture=small[first_map.extent] if first_map else thumbnail(seen, side),
        label=finding.label,
        probability=finding.probability,
        thresholds=finding.thresholds,
        agree=finding.agree,
        unsure=finding.unsure,
        opinions=tuple(
            _opinion(opinion, small, manifests.get(opinion.bundle.sha256), palette) for opinion in finding.opinions
        ),
        decision=cell.decision,
        quality=frame.quality,
        width_um=seen.shape[1] / image.scale * frame.um_per_px if frame.um_per_px else None,
        added=cell.added,
        naming=finding.naming,
        figures=finding.figures,
        comment=cell.comment,
    )


def _opinion(opinion: Opinion, small: Mapping[Box, Pixels], manifest: Manifest | None, palette: str) -> ReportOpinion:
    titles = {layer.name: layer.title for layer in manifest.explanations} if manifest else {}
    maps = tuple(
        ReportMap(
            title=titles.get(one.name, one.name),
            kind=one.kind,
            pixels=printed_overlay(small[one.extent], one, opinion.leaning, MAP_OPACITY, palette),
            weak=is_weak(one, opinion.leaning),
        )
        for one in opinion.maps
    )
    return ReportOpinion(
        bundle=opinion.bundle,
        title=manifest.title if manifest else opinion.bundle.name,
        probability=opinion.probability,
        thresholds=opinion.thresholds,
        label=opinion.label,
        maps=maps,
        novelty=opinion.novelty,
    )
