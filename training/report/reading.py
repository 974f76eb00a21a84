"""Where a run's report lies, and how it is read again."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from leukoscope.domain.errors import SettingsError
from training.run import RunFolder, read_json


def report_folder(run: RunFolder) -> Path:
    """``RUN/report``."""
    return run.path / "report"


def read_report(run: RunFolder) -> dict[str, Any]:
    """Read what evaluate wrote.

    Raises
    ------
    SettingsError
        When the run is not evaluated yet.
    """
    file = report_folder(run) / "report.json"
    if not file.is_file():
        raise SettingsError(f"“{run.path}” is not evaluated yet; run evaluate first.")
    return read_json(file)


def learning_curves(run: RunFolder) -> dict[str, list[dict[str, Any]]]:
    """Every part's ``epochs.csv``: part -> one row for each epoch, numbers as float, empty cells left out."""
    curves = {}
    for file in sorted(run.path.glob("*/epochs.csv")):
        with file.open(newline="", encoding="utf-8") as stream:
            rows = [_numbers(row) for row in csv.DictReader(stream)]
        if rows:
            curves[file.parent.name] = rows
    return curves


def _numbers(row: dict[str, str | None]) -> dict[str, Any]:
    return {
        name: text if name == "phase" else float(text) for name, text in row.items() if name and text not in (None, "")
    }
