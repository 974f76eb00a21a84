"""``leukoscope analyze``: a folder of images in, a folder of findings out, each image's as soon as it is judged."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseFrame, CaseHeader
from leukoscope.domain.cells import View
from leukoscope.domain.errors import EngineError, LeukoScopeError, ReportError
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import Frame
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.domain.stated import contradictions
from leukoscope.inference.library import InstalledBundle
from leukoscope.reports.findings import ImageFindings
from leukoscope.reports.findings_csv import FindingsCsv
from leukoscope.reports.findings_json import FindingsJson
from leukoscope.reports.pdf import write_pdf
from leukoscope.sources.files import find_images, shown
from leukoscope.sources.pages import Pages, stated_header
from leukoscope.system.temporary_files import private_folder
from leukoscope.workflow.analyze import Judge, analyze
from leukoscope.workflow.atomic_folder import replacing_folder
from leukoscope.workflow.case_scale import CaseRuler, in_case
from leukoscope.workflow.duplicate_images import left_out, once_only
from leukoscope.workflow.export.map_files import MAPS_FOLDER, write_maps
from leukoscope.workflow.export.report_content import report_content
from leukoscope.workflow.images import ImageSource, file_sources
from leukoscope.workflow.pace import Pace

logger = logging.getLogger(__name__)

JSON_FILE, CSV_FILE, PDF_FILE = "findings.json", "findings.csv", "report.pdf"
NO_CELLS = "No white cells found; move to a place with cells, or draw them by hand in the window."
GONE = "This image changed or has gone since it was judged; its cells stand in findings.json."
OF_ANOTHER = "The header of this file names another patient than was given; check whose blood it shows."
OUTPUTS = (JSON_FILE, CSV_FILE, PDF_FILE, MAPS_FOLDER)


@dataclass(frozen=True)
class BatchRequest:
    """What ``leukoscope analyze`` is asked for: images by their paths, and ``parts`` of slides."""

    paths: tuple[Path, ...]
    out: Path
    view: View = View.AUTO
    maps: bool = True
    pdf: bool = False
    header: CaseHeader = field(default_factory=lambda: CaseHeader(number=""))
    palette: str = "inferno"
    count_copies: bool = False
    join_stacks: bool = False
    parts: tuple[ImageSource, ...] = ()


@dataclass(frozen=True)
class BatchOutcome:
    """What came of it: counts, each image that failed with its sentence, and what else a person should know.

    ``notes`` name images without cells or too bad to be judged, copies that were not counted and what was left out.
    """

    images: int
    cells: int
    labels: dict[Label, int]
    errors: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...] = ()


def analyze_to_folder(
    request: BatchRequest,
    judge: Judge,
    bundles: Sequence[InstalledBundle],
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
) -> BatchOutcome:
    """Analyze images and write ``findings.json``, ``findings.csv``, ``maps/`` and ``report.pdf`` in constant memory.

    Each image is written to ``unfinished`` in the folder as soon as it is judged; at the end all of it takes the place
    of earlier results. However the program ends before that, what was judged stays there.

    Raises
    ------
    ReportError
        When the folder cannot be written; earlier results are left as they were.
    CancelledError
        After a cancel; earlier results are left as they were.
    """
    listing, previews = find_images(request.paths), dict[str, Pages]()
    sources = (*file_sources(listing.paths, previews, join=request.join_stacks), *request.parts)
    copies: dict[str, str] = {}
    wanted = sources if request.count_copies else once_only(sources, copies)
    total = len(sources) + len(listing.errors)
    pace, done = Pace(), 0
    outcome = _Tally(
        [*left_out(listing, previews, join=request.join_stacks), *_of_others(request.header, listing.paths)]
    )
    with replacing_folder(request.out, OUTPUTS) as stage, ExitStack() as open_files:
        open_files.callback(lambda: None if done else shutil.rmtree(stage, ignore_errors=True))
        names = tuple(bundle.manifest.name for bundle in bundles)
        json_file = open_files.enter_context(FindingsJson(stage / JSON_FILE, growing=True))
        csv_file = open_files.enter_context(FindingsCsv(stage / CSV_FILE, names, growing=True))
        report = open_files.enter_context(_ReportStore(request.header)) if request.pdf else None
        at_scale = in_case(wanted, CaseRuler(sources))
        analyses = analyze(at_scale, judge, bundles=names, view=request.view, maps=request.maps, cancel=cancel)
        for place, analysis in enumerate(_with_missing(_to_the_end(analyses, sources), listing.errors)):
            done += 1
            is_copy = analysis.source in copies
            maps = _maps(analysis, stage, request.palette) if request.maps else ()
            image = ImageFindings.of_analysis(analysis, maps)
            json_file.add(image)
            csv_file.add(image)
            if report is not None and not is_copy:
                report.add(analysis, sources[place] if place < len(sources) else None)
            outcome.count(analysis, is_copy=is_copy)
            if on_progress is not None:
                on_progress(Progress(done, total, pace.seconds_left(done, total), len(outcome.errors)))
        if report is not None:
            report.print_to(stage / PDF_FILE, bundles, request.palette, on_progress, cancel)
    return outcome.result()


def _of_others(header: CaseHeader, paths: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Files whose header names another patient than was given; nothing of a header is taken by itself."""
    for path in paths:
        if contradictions(stated_header(path), header):
            yield shown(path), OF_ANOTHER


def _to_the_end(analyses: Iterator[ImageAnalysis], sources: Sequence[ImageSource]) -> Iterator[ImageAnalysis]:
    """What was judged is kept when the engine is lost for good: the images after it say so."""
    done = 0
    try:
        for analysis in analyses:
            done += 1
            yield analysis
    except EngineError as error:
        if not done:
            raise
        logger.error("the engine is given up after %d images: %s", done, error.detail)
        for source in sources[done:]:
            yield ImageAnalysis(source.name, error=error.message)


def _maps(analysis: ImageAnalysis, stage: Path, palette: str) -> tuple[tuple[dict[str, str], ...], ...]:
    try:
        return write_maps(analysis, stage, palette)
    except ReportError:
        raise
    except Exception:
        logger.exception("maps of one image not written")
        return ()


def _with_missing(
    analyses: Iterator[ImageAnalysis], missing: Sequence[tuple[Path, Exception]]
) -> Iterator[ImageAnalysis]:
    yield from analyses
    for path, error in missing:
        yield ImageAnalysis(shown(path), error=str(error))


class _Tally:
    def __init__(self, notes: list[tuple[str, str]]) -> None:
        self.images = self.cells = 0
        self.notes = notes
        self.labels: Counter[Label] = Counter(dict.fromkeys(Label, 0))
        self.errors: list[tuple[str, str]] = []

    def count(self, analysis: ImageAnalysis, *, is_copy: bool) -> None:
        if is_copy:
            self.notes.append((analysis.source, analysis.error or ""))
            return
        self.images += 1
        self.cells += len(analysis.findings)
        self.labels.update(finding.label for finding in analysis.findings)
        if analysis.error:
            self.errors.append((analysis.source, analysis.error))
        elif analysis.quality is not None and not analysis.findings:
            sentences = analysis.quality.sentences
            self.notes += [(analysis.source, " ".join(sentences) or NO_CELLS)]

    def result(self) -> BatchOutcome:
        return BatchOutcome(self.images, self.cells, dict(self.labels), tuple(self.errors), tuple(self.notes))


class _ReportStore:
    """Keeps the findings on disk until the report is printed, so that memory does not grow with the folder."""

    def __init__(self, header: CaseHeader) -> None:
        self._stack = ExitStack()
        self._store = CaseStore(Path(self._stack.enter_context(private_folder())), aside=True)
        self._sources: dict[int, ImageSource] = {}
        number = header.number or f"Batch {date.today().isoformat()}"
        self._case_id = self._store.create(replace(header, number=number))

    def __enter__(self) -> _ReportStore:
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
