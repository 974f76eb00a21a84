"""``leukoscope analyze``: a folder of images in, a folder of findings out, each image's as soon as it is judged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import View
from leukoscope.domain.findings import Label
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.domain.stated import contradictions
from leukoscope.inference.library import InstalledBundle
from leukoscope.sources.files import ImageListing, find_images, shown
from leukoscope.sources.pages import Pages, stated_header
from leukoscope.workflow.analyze import Judge, analyze
from leukoscope.workflow.atomic_folder import replacing_folder
from leukoscope.workflow.batch_outputs import CSV_FILE, JSON_FILE, LINES_FILE, PARQUET_FILE, BatchOutputs, Tally
from leukoscope.workflow.batch_report import ReportStore
from leukoscope.workflow.duplicate_images import left_out
from leukoscope.workflow.export.map_files import MAPS_FOLDER
from leukoscope.workflow.images import ImageSource, file_sources
from leukoscope.workflow.judged_image import JudgedImage
from leukoscope.workflow.pace import Pace
from leukoscope.workflow.run_journal import RunJournal
from leukoscope.workflow.run_plan import RunPlan

if TYPE_CHECKING:
    from leukoscope.workflow.many.crew import Crew

PDF_FILE = "report.pdf"
OF_ANOTHER = "The header of this file names another patient than was given; check whose blood it shows."
OUTPUTS = (JSON_FILE, CSV_FILE, LINES_FILE, PARQUET_FILE, PDF_FILE, MAPS_FOLDER)


@dataclass(frozen=True)
class BatchRequest:
    """What ``leukoscope analyze`` is asked for: images by their paths, and ``parts`` of slides.

    ``lines`` and ``parquet`` ask for these files too; ``anew`` throws an unfinished run in ``out`` away.
    """

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
    lines: bool = False
    parquet: bool = False
    anew: bool = False

    def asked(self, bundles: Sequence[InstalledBundle]) -> dict[str, Any]:
        """What every judgement depends on beside the image, in words: a run goes on only where this is the same."""
        manifests = [bundle.manifest for bundle in bundles]
        digests = (hashlib.sha256(one.model_dump_json().encode("utf-8")).hexdigest() for one in manifests)
        spoken = [[one.name, one.version, digest] for one, digest in zip(manifests, digests, strict=True)]
        images = [shown(path.absolute()) for path in self.paths] or [part.name for part in self.parts]
        drawn = {"maps": self.palette if self.maps else ""}
        return {"models": spoken, "images": images, "view": self.view.value, "join stacks": self.join_stacks} | drawn


@dataclass(frozen=True)
class BatchOutcome:
    """What came of it: counts, each image that failed with its sentence, and what else a person should know.

    ``notes`` name images without cells or too bad to be judged, copies that were not counted and what was left out.
    ``resumed`` counts the images that an earlier start had judged.
    """

    images: int
    cells: int
    labels: dict[Label, int]
    errors: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...] = ()
    resumed: int = 0


def analyze_to_folder(
    request: BatchRequest,
    judge: Judge,
    bundles: Sequence[InstalledBundle],
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
    crew: Crew | None = None,
) -> BatchOutcome:
    """Analyze images and write ``findings.json``, ``findings.csv``, ``maps/`` and what else is asked for.

    Each image is written to ``unfinished`` in the folder as soon as it is judged; at the end all of it takes the place
    of earlier results. However the program ends before that, what was judged stays there, and the next run that asks
    the same of the same goes on with it. Memory does not grow with the cells.

    Raises
    ------
    ReportError
        When the folder cannot be written, or holds an unfinished run that was asked otherwise; earlier results are
        left as they were.
    CancelledError
        After a cancel; earlier results are left as they were.
    """
    if request.parquet:
        from leukoscope.reports.findings_parquet import check_package

        check_package()
    listing, previews = find_images(request.paths), dict[str, Pages]()
    sources = (*file_sources(listing.paths, previews, join=request.join_stacks), *request.parts)
    told = [*left_out(listing, previews, join=request.join_stacks), *_of_others(request.header, listing.paths)]
    with replacing_folder(request.out, OUTPUTS, keep=not request.anew) as stage:
        run = _Run(request, judge, bundles, stage, Tally(told), on_progress, cancel, crew)
        return run.outcome(sources, listing)


class _Run:
    """One start of a run.

    Parameters
    ----------
    request, judge, bundles, on_progress, cancel, crew
        As :func:`analyze_to_folder` has them.
    stage
        Where it writes.
    tally
        What is counted.
    """

    def __init__(
        self,
        request: BatchRequest,
        judge: Judge,
        bundles: Sequence[InstalledBundle],
        stage: Path,
        tally: Tally,
        on_progress: Callable[[Progress], None] | None,
        cancel: CancelToken | None,
        crew: Crew | None,
    ) -> None:
        self._request, self._judge, self._bundles, self._stage = request, judge, bundles, stage
        self._tally, self._on_progress, self._cancel, self._crew = tally, on_progress, cancel, crew
        self._names = tuple(bundle.manifest.name for bundle in bundles)
        self._pace, self._resumed = Pace(), 0

    def outcome(self, sources: Sequence[ImageSource], listing: ImageListing) -> BatchOutcome:
        """Judge all images."""
        request, total = self._request, len(sources) + len(listing.errors)
        outputs = BatchOutputs(
            self._stage, request.asked(self._bundles), self._names, request.palette,
            lines=request.lines or request.parquet,
        )  # fmt: skip
        with outputs, ExitStack() as open_files:
            report = open_files.enter_context(ReportStore(request.header)) if request.pdf else None
            # A report is printed from what the models saw, which no journal holds: with one all images are judged.
            find = partial(self._found, outputs.journal) if report is None else _nothing
            # Workers read in any order: what is a copy is found when their answers are put in order.
            alone = self._crew is None
            plan = RunPlan(sources, find, outputs.has_kept, count_copies=request.count_copies or not alone)
            for done, (image, is_new) in enumerate(self._images(plan, outputs, report, listing), start=1):
                outputs.add(image, is_new=is_new)
                self._tally.count(image)
                self._resumed += image.stamp is not None and not is_new
                self._tell(done, total)
            if report is not None:
                report.print_to(self._stage / PDF_FILE, self._bundles, request.palette, self._on_progress, self._cancel)
        self._write_columns()
        tally = self._tally
        return BatchOutcome(
            tally.images, tally.cells, dict(tally.labels), tuple(tally.errors), tuple(tally.notes), self._resumed
        )

    def _found(self, journal: RunJournal, name: str) -> JudgedImage | None:
        """What is known of an image, if by it a copy of it would be found where that is asked."""
        image = journal.find(name)
        return image if image is None or image.keys or self._request.count_copies else None

    def _images(
        self, plan: RunPlan, outputs: BatchOutputs, report: ReportStore | None, listing: ImageListing
    ) -> Iterator[tuple[JudgedImage, bool]]:
        """All images, and whether each was judged now."""
        yield from (
            self._alone(plan, outputs, report) if self._crew is None else self._by_crew(self._crew, plan, outputs)
        )
        for path, error in listing.errors:
            missing = ImageAnalysis(shown(path), error=str(error))
            if report is not None:
                report.add(missing, None)
            yield JudgedImage.of(missing, (), outputs.table), False

    def _by_crew(self, crew: Crew, plan: RunPlan, outputs: BatchOutputs) -> Iterator[tuple[JudgedImage, bool]]:
        from leukoscope.workflow.many.run import judged_by
        from leukoscope.workflow.many.travelling import RunOrder

        request = self._request
        order = RunOrder(
            crew.models, crew.profile, request.view, request.maps, request.palette, plan.ruler.evidence(),
            not request.count_copies,
        )  # fmt: skip
        return judged_by(crew, plan, order, outputs, self._cancel or CancelToken())

    def _alone(
        self, plan: RunPlan, outputs: BatchOutputs, report: ReportStore | None
    ) -> Iterator[tuple[JudgedImage, bool]]:
        for source, told in plan.outcomes(self._analyses(plan)):
            if isinstance(told, JudgedImage):
                yield told, False
                continue
            is_copy = told.source in plan.copies
            maps = outputs.drawn(told) if self._request.maps else ()
            image = plan.completed(JudgedImage.of(told, maps, outputs.table, is_copy=is_copy))
            if report is not None and not is_copy:
                report.add(told, source)
            yield image, True

    def _analyses(self, plan: RunPlan) -> Iterator[ImageAnalysis]:
        request = self._request
        return analyze(
            plan.to_judge(), self._judge, bundles=self._names, view=request.view, maps=request.maps,
            cancel=self._cancel,
        )  # fmt: skip

    def _tell(self, done: int, total: int) -> None:
        if self._on_progress is not None:
            judged = done - self._resumed
            left = self._pace.seconds_left(judged, judged + total - done) if judged else None
            self._on_progress(Progress(done, total, left, len(self._tally.errors)))

    def _write_columns(self) -> None:
        if self._request.parquet:
            from leukoscope.reports.findings_parquet import write_parquet

            write_parquet(self._stage / LINES_FILE, self._stage / PARQUET_FILE, self._names)
        if not self._request.lines:
            (self._stage / LINES_FILE).unlink(missing_ok=True)


def _nothing(_name: str) -> None:
    """Nothing is known of any image."""


def _of_others(header: CaseHeader, paths: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Files whose header names another patient than was given; nothing of a header is taken by itself."""
    for path in paths:
        if contradictions(stated_header(path), header):
            yield shown(path), OF_ANOTHER
