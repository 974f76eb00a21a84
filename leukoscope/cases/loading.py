"""From rows to the domain's objects. Plain columns instead of row objects: a Case can hold thousands of cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from leukoscope.cases.packing import unpack_naming
from leukoscope.cases.stored import DAMAGED, StoredCell, StoredFinding, StoredNaming, StoredOpinion, keeping_all
from leukoscope.cases.tables import BundleRow, CaseRow, CellRow, DecisionRow, FrameRow, NamingRow, OpinionRow, QueueRow
from leukoscope.domain.cases import (
    CaseCell,
    CaseFrame,
    CaseHeader,
    CaseState,
    CaseSummary,
    Decision,
    ManualEdit,
    Priority,
)
from leukoscope.domain.cells import Box, CellFlag, View
from leukoscope.domain.comments import Comment
from leukoscope.domain.compression import Compression
from leukoscope.domain.errors import StoreError
from leukoscope.domain.findings import BundleId, Finding, Label, Naming, Opinion, Thresholds, UnsureReason
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.microscopes import Microscope
from leukoscope.domain.parsing import parsed_row
from leukoscope.domain.quality import QualityMeasure, QualityReport, QualityVerdict
from leukoscope.domain.stage import StagePosition, stage_position

IN_PLACE = func.coalesce(FrameRow.place, FrameRow.id), FrameRow.id
"""The order of images in their Case: one that was judged again stays where its former one was."""

SUMMARY_COLUMNS = (
    CaseRow.id, CaseRow.number, CaseRow.patient, CaseRow.specimen, CaseRow.stain, CaseRow.operator, CaseRow.notes,
    CaseRow.patient_id, CaseRow.birth_date, CaseRow.sex, CaseRow.conclusion,
    CaseRow.state, CaseRow.created_at, CaseRow.changed_at, CaseRow.frame_count, CaseRow.leukemic_count,
    CaseRow.healthy_count, CaseRow.unsure_count, CaseRow.named_count, CaseRow.priority, CaseRow.removed_at,
    select(func.count()).where(QueueRow.case_id == CaseRow.id, QueueRow.removed_at.is_(None))
    .correlate(CaseRow).scalar_subquery().label("waiting"),
    select(func.count()).where(
        FrameRow.case_id == CaseRow.id, FrameRow.removed_at.is_(None), FrameRow.error.is_not(None)
    ).correlate(CaseRow).scalar_subquery().label("failed"),
)  # fmt: skip
"""What a line of the list needs; plain columns, for lists can be long."""


def load_summary(row: Any) -> CaseSummary:
    """One line of the list of Cases."""
    counts = row.leukemic_count, row.healthy_count, row.unsure_count
    return CaseSummary(
        row.id, load_header(row), CaseState(row.state), row.created_at, row.changed_at, row.frame_count,
        sum(counts) + row.named_count, *counts, Priority(row.priority), row.waiting, row.failed,
        row.removed_at is not None, row.named_count,
    )  # fmt: skip


def load_header(row: CaseRow | Row[Any]) -> CaseHeader:
    """What the lab wrote on top of a Case."""
    return CaseHeader(
        row.number, row.patient, row.specimen, row.stain, row.operator, row.notes, row.patient_id, row.birth_date,
        row.sex, row.conclusion,
    )  # fmt: skip


def load_quality(text: str | None) -> QualityReport | None:
    """Inverse of :func:`leukoscope.cases.saving.quality_text`."""
    if text is None:
        return None
    return QualityReport(
        tuple(
            QualityMeasure(name, float(value), unit, QualityVerdict[word.upper()], sentence)
            for name, value, unit, word, sentence in parsed_row(text)
        )
    )


def _compression(text: str | None) -> Compression | None:
    """Inverse of :func:`leukoscope.cases.saving.compression_text`."""
    if text is None:
        return None
    lossy, method, size = parsed_row(text)
    return Compression(bool(lossy), str(method), int(size))


def stage_of(text: str | None) -> StagePosition | None:
    """Inverse of :func:`leukoscope.cases.saving.stage_text`."""
    if text is None:
        return None
    x_um, y_um = parsed_row(text)
    return stage_position(float(x_um), float(y_um))


def counted_of(text: str | None) -> tuple[tuple[float, float], ...] | None:
    """Inverse of :func:`leukoscope.cases.saving.counted_text`."""
    return None if text is None else tuple((float(x), float(y)) for x, y in parsed_row(text))


def load_frames(session: Session, chosen: Select[int]) -> tuple[CaseFrame, ...]:
    """Load Frames with all their cells.

    Parameters
    ----------
    session
        An open view of the database.
    chosen
        Selects the keys of the Frames.

    Raises
    ------
    StoreError
        When what is stored makes no sense.
    """
    frames = session.scalars(select(FrameRow).where(FrameRow.id.in_(chosen)).order_by(*IN_PLACE)).all()
    try:
        with keeping_all():
            cells = load_cells(session, CellRow.frame_id.in_(chosen), {frame.id: frame.sha256 for frame in frames})
            return tuple(_frame(row, tuple(cells[row.id])) for row in frames)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(DAMAGED, repr(error)) from error


def _frame(row: FrameRow, cells: tuple[CaseCell, ...]) -> CaseFrame:
    origin = None
    if row.origin_kind is not None:
        kind = OriginKind(row.origin_kind)
        lost = _compression(row.compression)
        microscope = Microscope(row.camera or "", row.objective or "")
        origin = FrameOrigin(
            kind, row.origin_name or "", row.origin_path, row.taken_at, row.exposure_ms, lost, microscope,
            stage_of(row.stage), counted_of(row.counted),
        )  # fmt: skip
    return CaseFrame(
        row.id, row.source, row.sha256, row.width, row.height, row.um_per_px, View(row.view),
        load_quality(row.quality), row.error, tuple(cell for cell in cells if cell.removed is None), origin,
        tuple(cell for cell in cells if cell.removed is not None), row.estimated_um_per_px, row.former_id,
    )  # fmt: skip


def load_cells(session: Session, chosen: ColumnElement[bool], hashes: dict[int, str]) -> dict[int, list[CaseCell]]:
    """Load cells: key of a Frame -> its cells, in reading order.

    Parameters
    ----------
    session
        An open view of the database.
    chosen
        Holds for the rows of these cells.
    hashes
        SHA-256 of each Frame of these cells, by its key.
    """
    table = CellRow.__table__
    opinions = _load_opinions(session, chosen)
    namings = _load_namings(session, chosen)
    decisions = _load_decisions(session, chosen)
    cells: dict[int, list[CaseCell]] = defaultdict(list)
    for row in session.execute(select(*table.columns).where(chosen).order_by(CellRow.frame_id, CellRow.position)):
        finding = load_finding(row, hashes[row.frame_id], tuple(opinions[row.id]), namings.get(row.id))
        added, removed = _manual_edit(row.added_by, row.added_at), _manual_edit(row.removed_by, row.removed_at)
        decision, comment = decisions.get(row.id), comment_on(row)
        cells[row.frame_id].append(CaseCell(row.id, row.frame_id, finding, decision, added, removed, comment))
    return cells


def load_bare_frame(row: Any) -> CaseFrame:
    """An image without its cells."""
    return _frame(row, ())


def _manual_edit(by: str | None, at: datetime | None) -> ManualEdit | None:
    return None if at is None else ManualEdit(by or "", at)


def comment_on(row: CellRow | Row[Any]) -> Comment | None:
    """What a person remarked on a cell."""
    return (
        None
        if row.comment is None or row.comment_at is None
        else Comment(row.comment, row.comment_by or "", row.comment_at)
    )


def load_finding(row: Row[Any], frame_sha256: str, opinions: tuple[Opinion, ...], naming: Naming | None) -> Finding:
    """What was found of one cell; its mask is unpacked when somebody looks at it."""
    cell = StoredCell.of(
        Box(row.x, row.y, row.width, row.height),
        row.mask,
        frame_sha256,
        frozenset(CellFlag(flag) for flag in _words(row.flags)),
    )
    return StoredFinding.of(
        cell,
        opinions,
        Label(row.label),
        None if naming is not None and not opinions else row.probability,
        Thresholds(row.threshold_low, row.threshold_high),
        tuple(UnsureReason(reason) for reason in _words(row.unsure)),
        naming,
        row.figures,
    )


def _words(text: str) -> Iterable[str]:
    return text.split(",") if text else ()


def _bundles(session: Session) -> dict[int, BundleId]:
    return {row.id: BundleId(row.name, row.version, row.sha256) for row in session.scalars(select(BundleRow))}


def _load_opinions(session: Session, chosen: ColumnElement[bool]) -> dict[int, list[Opinion]]:
    bundles = _bundles(session)
    thresholds: dict[tuple[float, float], Thresholds] = {}
    opinions: dict[int, list[Opinion]] = defaultdict(list)
    wanted = (
        select(
            OpinionRow.cell_id, OpinionRow.bundle_id, OpinionRow.logit, OpinionRow.probability,
            OpinionRow.threshold_low, OpinionRow.threshold_high, OpinionRow.maps, OpinionRow.novelty,
            OpinionRow.figures,
        )
        .join(CellRow, CellRow.id == OpinionRow.cell_id)
        .where(chosen)
        .order_by(OpinionRow.cell_id, OpinionRow.position)
    )  # fmt: skip
    for cell_id, bundle_id, logit, probability, low, high, maps, novelty, figures in session.execute(wanted):
        band = thresholds.setdefault((low, high), Thresholds(low, high))
        opinion = StoredOpinion.of(bundles[bundle_id], logit, probability, band, maps, novelty, figures)
        opinions[cell_id].append(opinion)
    return opinions


def _load_namings(session: Session, chosen: ColumnElement[bool]) -> dict[int, Naming]:
    bundles = _bundles(session)
    wanted = (
        select(NamingRow.cell_id, NamingRow.bundle_id, NamingRow.said, NamingRow.novelty, NamingRow.maps)
        .join(CellRow, CellRow.id == NamingRow.cell_id)
        .where(chosen)
    )
    namings: dict[int, Naming] = {}
    for cell_id, bundle_id, said, novelty, maps in session.execute(wanted):
        namings[cell_id] = StoredNaming.of(bundles[bundle_id], unpack_naming(said), maps, novelty)
    return namings


def _load_decisions(session: Session, chosen: ColumnElement[bool]) -> dict[int, Decision]:
    """The newest decision on each cell, where it was not taken back."""
    wanted = select(DecisionRow).join(CellRow, CellRow.id == DecisionRow.cell_id).where(chosen).order_by(DecisionRow.id)
    decisions: dict[int, Decision] = {}
    for row in session.scalars(wanted):
        if row.label is None:
            decisions.pop(row.cell_id, None)
        else:
            decisions[row.cell_id] = Decision(Label(row.label), row.by, row.at, row.cell_class)
    return decisions
