"""The PDF case report: plans its pages, then draws and writes them one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from leukoscope.domain.errors import ReportError
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.reports.about import about_blocks
from leukoscope.reports.card_grid import CardGrid, card_grid
from leukoscope.reports.cards import draw_card_page, page_title
from leukoscope.reports.content import ReportCell, ReportContent
from leukoscope.reports.fields import draw_field_page, field_pages, fields_of
from leukoscope.reports.layout import PAGE_SIZES, PageLayout, paginate
from leukoscope.reports.painter import Painter
from leukoscope.reports.part_file import part_file
from leukoscope.reports.shaping import Typesetter
from leukoscope.reports.summary import summary_pages

OnProgress = Callable[[Progress], None]


def write_pdf(
    content: ReportContent,
    path: Path | BinaryIO,
    *,
    page_size: str = "A4",
    on_progress: OnProgress | None = None,
    cancel: CancelToken | None = None,
) -> None:
    """Write a case report; memory use does not grow with the number of cells.

    Parameters
    ----------
    content
        What it says.
    path
        The file, which appears, or is replaced, when the report is whole; or a stream that is open for writing.
    page_size
        ``A4`` or ``Letter``.
    on_progress
        Told after each page of cells, counted in cells.
    cancel
        Set it to stop.

    Raises
    ------
    ReportError
        When the disk is full, the folder cannot be written or the page size is unknown.
    CancelledError
        After a cancel; there is no file then.
    """
    if page_size not in PAGE_SIZES:
        raise ReportError(f"There is no page size “{page_size}”; choose {' or '.join(PAGE_SIZES)}.")
    with part_file(path) if isinstance(path, Path) else nullcontext(path) as stream:
        _Report(content, stream, PAGE_SIZES[page_size], on_progress, cancel or CancelToken()).write()


class _Report:
    """One report on its way to the file."""

    def __init__(
        self,
        content: ReportContent,
        stream: BinaryIO,
        size: tuple[float, float],
        on_progress: OnProgress | None,
        cancel: CancelToken,
    ) -> None:
        self._content = content
        self._on_progress, self._cancel = on_progress, cancel
        self._painter = Painter(stream, size, Typesetter(), content.words.language)
        # The title of a file is shown in lists and kept by search engines: no patient's data in it.
        words = content.words
        subject = words("Decision support, not a medical device")
        self._painter.describe(words("White blood cell report"), content.software, subject, content.mark)
        self._layout = PageLayout(self._painter, content)

    def write(self) -> None:
        """Draw all pages. Their number stands on each, so they are planned first."""
        content, layout, words = self._content, self._layout, self._content.words
        cells, pictures = _peek(content.cells() if content.cell_count else ())
        grid = card_grid(layout, content, max(content.pictures, pictures))
        summary = summary_pages(layout, content)
        fields = field_pages(fields_of(content))
        about = paginate(about_blocks(layout, content), layout.room)
        layout.pages = len(summary) + len(fields) + -(-content.cell_count // grid.per_page) + len(about)
        for index, blocks in enumerate(summary):
            self._cancel.raise_if_cancelled()
            if index == 0:
                self._painter.bookmark(words("Summary"), 0)
            layout.draw_page(blocks)
        large = all(len(page) == 1 for page in fields[:1])
        for index, page in enumerate(fields):
            self._cancel.raise_if_cancelled()
            if index == 0:
                self._painter.bookmark(words("Fields"), 0)
            draw_field_page(layout, page, large)
        self._write_cells(cells, grid)
        for index, blocks in enumerate(about):
            if index == 0:
                self._painter.bookmark(words("Models, how to read this report, and its limits"), 0)
            layout.draw_page(blocks)
        self._cancel.raise_if_cancelled()
        self._painter.save()

    def _write_cells(self, cells: Iterator[ReportCell], grid: CardGrid) -> None:
        total, done = self._content.cell_count, 0
        while page := list(islice(self._checked(cells), grid.per_page)):
            if done == 0:
                self._painter.bookmark(self._content.words("Cells"), 0)
            self._painter.bookmark(page_title(self._content.words, page[0].number, page[-1].number), 1)
            draw_card_page(self._layout, self._content, grid, page)
            done += len(page)
            if self._on_progress is not None:
                self._on_progress(Progress(done, total))
        if done != total:
            raise ValueError(f"content promised {total} cells and gave {done}")

    def _checked(self, cells: Iterator[ReportCell]) -> Iterator[ReportCell]:
        for cell in cells:
            self._cancel.raise_if_cancelled()
            yield cell


def _peek(cells: Iterable[ReportCell]) -> tuple[Iterator[ReportCell], int]:
    """The cells, and how many pictures the first of them has."""
    iterator = iter(cells)
    first = next(iterator, None)
    if first is None:
        return iterator, 1
    return chain([first], iterator), 1 + sum(len(opinion.maps) for opinion in first.opinions)
