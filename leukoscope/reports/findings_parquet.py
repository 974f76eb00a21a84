"""``findings.parquet``: one row for each cell, typed and compressed, for programs that read columns of many.

Needs pyarrow, which is no part of the program (extra ``parquet``): nothing imports this file but who asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from leukoscope.domain.errors import ReportError
from leukoscope.domain.morphology import FIGURES
from leukoscope.reports.findings_lines import read_lines
from leukoscope.reports.part_file import part_file

ROWS_AT_ONCE = 10_000
"""Rows of one group: so many are held in memory, whatever the file has."""
WITHOUT_PACKAGE = "Parquet needs the package pyarrow; install the extra “parquet”, or take --jsonl."


def check_package() -> None:
    """Say that the package is missing before anything is judged.

    Raises
    ------
    ReportError
        When it is.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise ReportError(WITHOUT_PACKAGE, repr(error)) from error


def write_parquet(lines: Path, path: Path, models: Sequence[str]) -> None:
    """Write the table from a whole ``findings.jsonl``, in constant memory.

    Parameters
    ----------
    lines
        Where the images are read from.
    path
        The file; it appears when all went well.
    models
        Names of the bundles that get columns of their own, in this order.

    Raises
    ------
    ReportError
        When the package is missing, the disk is full or the folder cannot be written.
    """
    check_package()
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, getattr(pa, kind)()) for name, kind in _columns(models)])
    with part_file(path) as stream, pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        for rows in _grouped(row for entry in read_lines(lines) for row in _rows(entry)):
            writer.write_table(pa.Table.from_pylist(rows, schema))


def _columns(models: Sequence[str]) -> list[tuple[str, str]]:
    """Names of all columns, and what pyarrow calls their types."""
    texts = [(name, "string") for name in ("path", "sha256", "quality", "error")]
    boxes = [(name, "int32") for name in ("cell", "x", "y", "width", "height")]
    said = [("label", "string"), ("probability", "float64"), ("unsure", "string"), ("flags", "string")]
    named = [("class", "string"), ("class_probability", "float64"), ("counted_class", "string"), ("counted", "string")]
    of_models = [pair for one in models for pair in ((f"{one}_version", "string"), (f"{one}_probability", "float64"))]
    return [*texts, *boxes, *said, *named, *of_models, *((one.code, "float64") for one in FIGURES)]


def _rows(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One for each cell; an image without cells has one, so that its error is not lost."""
    quality = entry["quality"]
    about = {
        "path": entry["path"],
        "sha256": entry["sha256"],
        "quality": quality and quality["verdict"],
        "error": entry["error"],
    }
    if not entry["cells"]:
        yield about
    for number, cell in enumerate(entry["cells"], start=1):
        yield about | {"cell": number} | _cell(cell)


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    row = dict(zip(("x", "y", "width", "height"), cell["box"], strict=True))
    row |= {name: cell.get(name) for name in ("label", "probability", "unsure", "counted_class", "counted")}
    row["flags"] = " ".join(cell.get("flags", ())) or None
    named = cell.get("class", {})
    row |= {"class": named.get("code"), "class_probability": named.get("probability")}
    for opinion in cell["opinions"]:
        row[f"{opinion['model']}_version"] = opinion["version"]
        row[f"{opinion['model']}_probability"] = opinion["probability"]
        row |= {one["name"]: one["value"] for one in opinion.get("figures", ())}
    return row | {one["name"]: one["value"] for one in cell.get("figures", ())}


def _grouped(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    for row in rows:
        group.append(row)
        if len(group) == ROWS_AT_ONCE:
            yield group
            group = []
    if group:
        yield group
