"""From the domain's objects to rows."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from leukoscope.cases.packing import pack_maps, pack_mask, pack_naming
from leukoscope.cases.tables import (
    BundleRow,
    CellRow,
    FrameRow,
    NamingRow,
    OpinionRow,
)
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.compression import Compression
from leukoscope.domain.findings import BundleId, Finding, Naming, Opinion
from leukoscope.domain.morphology import MeasuredFigure
from leukoscope.domain.quality import QualityReport
from leukoscope.domain.stage import StagePosition


def searchable(text: str) -> str:
    """Fold case and compatibility forms away, so that a search finds a name however it was typed."""
    return unicodedata.normalize("NFKC", text).casefold()


def header_columns(header: CaseHeader) -> dict[str, str]:
    """All columns of a Case that come from its header."""
    columns = {
        "number": header.number,
        "patient": header.patient,
        "specimen": header.specimen,
        "stain": header.stain,
        "operator": header.operator,
        "notes": header.notes,
        "patient_id": header.patient_id,
    }
    # Cases of earlier versions keep their text: what they do not have adds nothing to it.
    told = [*columns.values(), *filter(None, (header.birth_date,))]
    added = {"birth_date": header.birth_date, "sex": header.sex, "conclusion": header.conclusion}
    return {**columns, **added, "search_text": searchable("\n".join(told))}


def quality_text(quality: QualityReport | None) -> str | None:
    """A QualityReport as JSON."""
    if quality is None:
        return None
    rows = [[m.name, m.value, m.unit, m.verdict.word, m.sentence] for m in quality.measures]
    return json.dumps(rows, ensure_ascii=False)


def compression_text(compression: Compression | None) -> str | None:
    """What was lost before an image came here, as JSON."""
    if compression is None:
        return None
    return json.dumps([compression.lossy, compression.method, compression.size])


def stage_text(stage: StagePosition | None) -> str | None:
    """Where an image was taken, as JSON: both figures in one column, so that 0 is not taken for nothing in a digest."""
    return None if stage is None else json.dumps([stage.x_um, stage.y_um])


def counted_text(centers: tuple[tuple[float, float], ...] | None) -> str | None:
    """Which cells are counted in an image, as JSON."""
    return None if centers is None else json.dumps([[round(x, 1), round(y, 1)] for x, y in centers])


def frame_row(case_id: int, analysis: ImageAnalysis, sha256: str, now: datetime) -> FrameRow:
    """One image, without its cells."""
    frame = analysis.frame
    origin = frame.origin if frame else None
    return FrameRow(
        case_id=case_id,
        source=analysis.source,
        origin_kind=origin.kind.value if origin else None,
        origin_name=origin.name if origin else None,
        origin_path=origin.path if origin else None,
        taken_at=origin.taken_at if origin else None,
        exposure_ms=origin.exposure_ms if origin else None,
        compression=compression_text(origin.compression) if origin else None,
        camera=(origin.microscope.camera or None) if origin else None,
        objective=(origin.microscope.objective or None) if origin else None,
        stage=stage_text(origin.stage) if origin else None,
        counted=counted_text(origin.counted) if origin else None,
        sha256=sha256,
        width=frame.width if frame else 0,
        height=frame.height if frame else 0,
        um_per_px=frame.um_per_px if frame else None,
        estimated_um_per_px=frame.estimated_um_per_px if frame else None,
        view=analysis.view.value,
        quality=quality_text(analysis.quality),
        error=analysis.error,
        added_at=now,
    )


def cell_row(finding: Finding, position: int) -> CellRow:
    """One cell with the combined Finding, without its opinions."""
    box = finding.cell.box
    return CellRow(
        position=position,
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        mask=pack_mask(finding.cell.mask),
        flags=",".join(sorted(flag.value for flag in finding.cell.flags)),
        label=finding.label.value,
        # 0 where no leukemia model was asked; a cell with a naming and without opinions is read back as not judged.
        probability=finding.probability or 0.0,
        threshold_low=finding.thresholds.low,
        threshold_high=finding.thresholds.high,
        unsure=",".join(reason.value for reason in finding.unsure),
        figures=figures_text(finding.measured),
    )


def opinion_row(opinion: Opinion, position: int, bundle_id: int) -> OpinionRow:
    """One Opinion with its maps."""
    return OpinionRow(
        position=position,
        bundle_id=bundle_id,
        logit=opinion.logit,
        probability=opinion.probability,
        threshold_low=opinion.thresholds.low,
        threshold_high=opinion.thresholds.high,
        novelty=opinion.novelty,
        maps=pack_maps(opinion.maps),
        figures=figures_text(opinion.figures),
    )


def figures_text(figures: Sequence[MeasuredFigure]) -> str:
    """Figures of shape as JSON; empty when there are none."""
    rows = [[one.code, one.value, one.low, one.high, one.contribution] for one in figures]
    return json.dumps(rows, separators=(",", ":")) if rows else ""


def naming_row(naming: Naming, bundle_id: int) -> NamingRow:
    """One Naming with its maps."""
    return NamingRow(bundle_id=bundle_id, said=pack_naming(naming), novelty=naming.novelty, maps=pack_maps(naming.maps))


def bundle_key(session: Session, bundle: BundleId) -> int:
    """Key of a model version, which is added when it speaks for the first time."""
    wanted = select(BundleRow.id).where(
        BundleRow.name == bundle.name, BundleRow.version == bundle.version, BundleRow.sha256 == bundle.sha256
    )
    key = session.scalar(wanted)
    if key is not None:
        return key
    row = BundleRow(name=bundle.name, version=bundle.version, sha256=bundle.sha256)
    session.add(row)
    session.flush()
    return row.id


def changed_fields(before: dict[str, str], after: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Name, old and new value of each field that differs."""
    for name, new in after.items():
        if before[name] != new:
            yield name, before[name], new
