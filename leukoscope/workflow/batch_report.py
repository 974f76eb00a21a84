"""The report of a run over many images, which are kept on disk until it is printed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path

from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseFrame, CaseHeader
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.frames import Frame
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.inference.library import InstalledBundle
from leukoscope.reports.pdf import write_pdf
from leukoscope.system.temporary_files import private_folder
from leukoscope.workflow.export.report_content import report_content
from leukoscope.workflow.images import ImageSource

logger = logging.getLogger(__name__)

GONE = "This image changed or has gone since it was judged; its cells stand in findings.json."


class ReportStore:
    """Keeps the findings on disk until the report is printed, so that memory does not grow with the folder."""

    def __init__(self, header: CaseHeader) -> None:
        self._stack = ExitStack()
        self._store = CaseStore(Path(self._stack.enter_context(private_folder())), aside=True)
        self._sources: dict[int, ImageSource] = {}
        number = header.number or f"Batch {date.today().isoformat()}"
        self._case_id = self._store.create(replace(header, number=number))

    def __enter__(self) -> ReportStore:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()
        self._stack.close()

    def add(self, analysis: ImageAnalysis, source: ImageSource | None) -> None:
        """Keep what was found out; ``source`` is where its picture can be read again."""
        frame = self._store.frames.add(self._case_id, analysis, None)
        if source is not None:
            self._sources[frame.id] = source

    def print_to(
        self,
        path: Path,
        bundles: Sequence[InstalledBundle],
        palette: str,
        on_progress: Callable[[Progress], None] | None,
        cancel: CancelToken | None,
    ) -> None:
        """Write the report.

        Raises
        ------
        ReportError, CancelledError
            When it cannot be written, or after a cancel.
        """
        case = self._store.load(self._case_id)
        case = replace(case, frames=tuple(self._printable(frame) for frame in case.frames))
        content = report_content(case, self._read_again, bundles, palette=palette)
        write_pdf(content, path, on_progress=on_progress, cancel=cancel)

    def _printable(self, frame: CaseFrame) -> CaseFrame:
        """The frame as it is, or without its picture and cells where the file is no longer what was judged."""
        if not frame.width:
            return frame
        try:
            if self._read_again(frame).sha256 == frame.sha256:
                return frame
        except LeukoScopeError as error:
            logger.warning("an image has gone before it was printed: %s", error.detail)
        return replace(frame, width=0, height=0, cells=(), error=GONE)

    def _read_again(self, frame: CaseFrame) -> Frame:
        return replace(self._sources[frame.id].read(), estimated_um_per_px=frame.estimated_um_per_px)
