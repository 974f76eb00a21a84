"""The PDF report of a case, as a file or in memory."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from leukoscope.domain.cases import Case, CaseFrame, CaseSummary
from leukoscope.domain.frames import Frame
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.workflow.app_dirs import translations
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.languages import chosen_language
from leukoscope.workflow.settings import Settings

if TYPE_CHECKING:
    from leukoscope.inference.library import InstalledBundle


def write_report(
    repository: CaseRepository,
    case: Case,
    path: Path | BinaryIO,
    bundles: Sequence[InstalledBundle],
    settings: Settings,
    on_progress: Callable[[Progress], None],
    cancel: CancelToken,
) -> None:
    """Write the PDF report of a case as it is handed in; raises as :func:`write_report_of`."""
    trail = repository.store.trail.stamp()
    earlier = repository.store.earlier_cases.of(case.id)
    write_report_of(case, repository.frame, path, bundles, settings, on_progress, cancel, trail=trail, earlier=earlier)


def write_report_of(
    case: Case,
    read_frame: Callable[[CaseFrame], Frame],
    path: Path | BinaryIO,
    bundles: Sequence[InstalledBundle],
    settings: Settings,
    on_progress: Callable[[Progress], None],
    cancel: CancelToken,
    *,
    trail: str = "",
    earlier: Sequence[CaseSummary] = (),
) -> None:
    """Write the PDF report of a case whose pixels come from anywhere.

    ``trail`` says where the audit trail ended, ``earlier`` are cases of the same patient.

    Raises
    ------
    ReportError
        When it cannot be written.
    CancelledError
        When the person stopped it; there is no file then.
    """
    # Fonts and page layout are worth their time only when somebody prints.
    from leukoscope.reports.pdf import write_pdf
    from leukoscope.reports.template import template_of
    from leukoscope.reports.words import load_words
    from leukoscope.workflow.export.letterhead import load_logo
    from leukoscope.workflow.export.report_choice import earlier_of
    from leukoscope.workflow.export.report_content import report_content

    content = report_content(
        case,
        read_frame,
        bundles,
        laboratory=settings.laboratory,
        palette=settings.palette,
        address=settings.address,
        logo=load_logo(settings.logo),
        words=load_words(chosen_language(settings.language), translations()),
        trail=trail,
        template=template_of(settings.report_blocks, settings.report_appendix),
        earlier=earlier_of(earlier),
    )
    write_pdf(content, path, page_size=settings.page_size, on_progress=on_progress, cancel=cancel)


def report_bytes(
    repository: CaseRepository,
    case: Case,
    bundles: Sequence[InstalledBundle],
    settings: Settings,
    on_progress: Callable[[Progress], None],
    cancel: CancelToken,
) -> bytes:
    """The PDF report of a case, in memory: one that nobody asked to have as a file lies on no disk.

    Raises as :func:`write_report_of`.
    """
    stream = io.BytesIO()
    write_report(repository, case, stream, bundles, settings, on_progress, cancel)
    return stream.getvalue()
