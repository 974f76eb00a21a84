"""What a run over many images writes, image by image: tables, lines, maps and the journal by which it can go on."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from leukoscope import __version__
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.errors import ReportError
from leukoscope.domain.findings import Label
from leukoscope.domain.parsing import parsed_row
from leukoscope.reports.findings_csv import FindingsCsv
from leukoscope.reports.findings_json import FindingsJson
from leukoscope.reports.findings_lines import FindingsLines
from leukoscope.reports.part_file import disk_told
from leukoscope.workflow.export.map_files import MAPS_FOLDER, write_maps
from leukoscope.workflow.judged_image import JudgedImage
from leukoscope.workflow.run_journal import JOURNAL_FILE, RunJournal

logger = logging.getLogger(__name__)

JSON_FILE, CSV_FILE, LINES_FILE = "findings.json", "findings.csv", "findings.jsonl"
PARQUET_FILE = "findings.parquet"
MAPS_BEFORE = "maps-before"
"""Maps of an earlier start, until it is known which of them are of this run."""


class Tally:
    """Counts what came of a run.

    Parameters
    ----------
    notes
        What a person should know beforehand: names with sentences.
    """

    def __init__(self, notes: list[tuple[str, str]]) -> None:
        self.images = self.cells = 0
        self.notes = notes
        self.labels: Counter[Label] = Counter(dict.fromkeys(Label, 0))
        self.errors: list[tuple[str, str]] = []

    def count(self, image: JudgedImage) -> None:
        """Count one image; a copy is only told of."""
        if image.note is not None:
            self.notes.append((image.name, image.note))
        if image.is_copy:
            return
        self.images += 1
        self.cells += image.cells
        self.labels.update(image.label_counts())
        if image.error:
            self.errors.append((image.name, image.error))


class BatchOutputs:
    """The files of a run in its stage; use it in a ``with`` block.

    Parameters
    ----------
    stage
        The folder.
    asked
        What every judgement depends on beside the image.
    models
        Names of the bundles, for the columns.
    palette
        Of the maps.
    lines
        Whether each image is written as a line of JSON too.
    """

    def __init__(
        self, stage: Path, asked: Mapping[str, Any], models: Sequence[str], palette: str, *, lines: bool
    ) -> None:
        self._stage, self._palette, self._models, self._with_lines = stage, palette, tuple(models), lines
        self.journal = RunJournal(stage / JOURNAL_FILE, {**asked, "version": __version__})
        self._stack = ExitStack()
        self._lines: FindingsLines | None = None
        self._is_first = False
        self.written = 0

    def __enter__(self) -> BatchOutputs:
        """Open them all; the tables are written anew, from the journal where an earlier start has judged."""
        self._stack.callback(self._leave_nothing)
        self._stack.enter_context(self.journal)
        self._is_first = not len(self.journal)
        with disk_told(self._stage / MAPS_FOLDER):
            self._set_maps_aside()
            for name in (JSON_FILE, CSV_FILE, LINES_FILE, PARQUET_FILE):
                (self._stage / name).unlink(missing_ok=True)
        self._json = self._stack.enter_context(FindingsJson(self._stage / JSON_FILE, growing=True))
        self.table = self._stack.enter_context(FindingsCsv(self._stage / CSV_FILE, self._models, growing=True))
        if self._with_lines:
            self._lines = self._stack.enter_context(FindingsLines(self._stage / LINES_FILE))
        return self

    def __exit__(self, *told: Any) -> bool | None:
        """Close them."""
        return self._stack.__exit__(*told)

    def _leave_nothing(self) -> None:
        """A run that judged nothing leaves nothing; one that was refused leaves what was there."""
        if self._is_first and not self.written:
            shutil.rmtree(self._stage, ignore_errors=True)

    def _set_maps_aside(self) -> None:
        maps, before = self._stage / MAPS_FOLDER, self._stage / MAPS_BEFORE
        if not maps.is_dir():
            return
        if not before.is_dir():
            maps.rename(before)
            return
        for path in maps.iterdir():
            path.replace(before / path.name)

    def has_kept(self, image: JudgedImage) -> bool:
        """Whether all maps of an image that was judged before are there; they are taken over."""
        before = [self._stage / MAPS_BEFORE / Path(name).name for name in image.maps]
        if not all(path.is_file() for path in before):
            return False
        with disk_told(self._stage / MAPS_FOLDER):
            if before:
                (self._stage / MAPS_FOLDER).mkdir(exist_ok=True)
            for path, name in zip(before, image.maps, strict=True):
                path.replace(self._stage / name)
        return True

    def keep_maps(self, maps: Sequence[tuple[str, bytes]]) -> None:
        """Write maps that a worker has drawn."""
        with disk_told(self._stage / MAPS_FOLDER):
            if maps:
                (self._stage / MAPS_FOLDER).mkdir(exist_ok=True)
            for name, data in maps:
                (self._stage / MAPS_FOLDER / Path(name).name).write_bytes(data)

    def drop_maps(self, image: JudgedImage) -> None:
        """Take the maps of an image away that turned out to be a copy."""
        for name in image.maps:
            (self._stage / name).unlink(missing_ok=True)

    def drawn(self, analysis: ImageAnalysis) -> tuple[tuple[dict[str, str], ...], ...]:
        """Write the maps of an image; nothing where they cannot be drawn.

        Raises
        ------
        ReportError
            When there is no room for them.
        """
        try:
            return write_maps(analysis, self._stage, self._palette)
        except ReportError:
            raise
        except Exception:
            logger.exception("maps of one image not written")
            return ()

    def add(self, image: JudgedImage, *, is_new: bool) -> None:
        """Append one image, and note it in the journal when it was judged now."""
        self._json.add_text(image.entry, image.counted)
        self.table.add_rows(image.rows.encode("utf-8"))
        if self._lines is not None:
            self._lines.add(parsed_row(image.entry))
        self.written += 1
        # The journal comes last: whatever ends the program before has the image judged again.
        if is_new:
            self.journal.add(image)
