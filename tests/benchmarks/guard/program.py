"""Groups of the program around the networks: starts, folders, decoding, localizing, reports, lists, search."""

from __future__ import annotations

import io
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.benchmarks.guard.ratios import Better, Row
from tests.benchmarks.guard.timing import Group

FIELDS = 3
CASES, SHOWN = 20_000, 2000
SIMILAR = 50_000
PICTURES = 700
"""So many pictures has the report of 100 cells."""


@contextmanager
def first_finding(models: Path, cache: Path) -> Iterator[Group]:
    """From nothing to the first finding of all networks, beside Keras doing the same without maps."""
    from leukoscope.inference.engine import Engine
    from leukoscope.inference.library import BundleLibrary
    from tests.benchmarks.bench_inference import cell_image

    bundles = [one for one in BundleLibrary(models, models / "none").list() if one.manifest.kind == "network"]
    image, files = cell_image(), [str(one.model_file) for one in bundles]

    def ours() -> None:
        engine = Engine(bundles, cache)
        try:
            next(engine.judge([image]))
        finally:
            engine.close()

    def theirs() -> None:
        subprocess.run([sys.executable, "-m", "tests.benchmarks.keras_start", *files], capture_output=True, check=True)

    yield Group(
        ways={"engine": ours, "Keras": theirs},
        rows=(Row("start to the first finding of both networks, as fast as Keras", "engine", "Keras"),),
        seconds=60.0,
        fewest=3,
    )


@contextmanager
def window(models: Path, cache: Path) -> Iterator[Group]:
    """The window usable and closed again, in starts of a bare interpreter that imports Qt's widgets."""
    from tests.benchmarks.bench_startup import bare_python, start_once

    with tempfile.TemporaryDirectory() as home:
        start_once(home)
        yield Group(
            ways={"window": lambda: start_once(home), "import of Qt": lambda: bare_python(home)},
            rows=(
                Row(
                    "window usable and closed again, in bare imports of PySide6", "window", "import of Qt", Better.LESS
                ),
            ),
        )


@contextmanager
def folder(models: Path, cache: Path) -> Iterator[Group]:
    """A folder analyzed into files, in the time that the engine takes for the same cells alone."""
    from PIL import Image

    from leukoscope.domain.cells import View
    from leukoscope.imaging.cellimage import cut_out
    from leukoscope.imaging.localize import localize
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.sources.demo import demo_field
    from leukoscope.workflow.batch import BatchRequest, analyze_to_folder
    from leukoscope.workflow.model_panel import make_panel

    bundles = BundleLibrary(models, models / "none").list()
    judging = make_panel(bundles, cache)
    with tempfile.TemporaryDirectory() as place:
        paths, images = [], []
        for number in range(FIELDS):
            field = demo_field(number + 1)
            paths.append(Path(place, f"{number}.png"))
            Image.fromarray(field.pixels).save(paths[-1])
            images += [cut_out(field, cell) for cell in localize(field, View.FIELD)]
        out = Path(place, "out")

        def analyzed(maps: bool) -> None:
            analyze_to_folder(BatchRequest(tuple(paths), out, maps=maps), judging, bundles)

        try:
            yield Group(
                ways={
                    "folder": lambda: analyzed(False),
                    "folder with maps": lambda: analyzed(True),
                    "engine": lambda: list(judging.judge(images, maps=False)),
                    "engine with maps": lambda: list(judging.judge(images, maps=True)),
                },
                rows=(
                    Row("folder of fields to files, in the engine's time alone", "folder", "engine", Better.LESS),
                    Row("the same with maps written", "folder with maps", "engine with maps", Better.LESS),
                ),
                seconds=60.0,
                facts={"cells": len(images)},
            )
        finally:
            judging.close()


@contextmanager
def pixels(models: Path, cache: Path) -> Iterator[Group]:
    """A field decoded and its cells found, beside Pillow's decoding alone."""
    from PIL import Image

    from leukoscope.domain.cells import View
    from leukoscope.imaging.localize import localize
    from leukoscope.sources.decoding import decode_image
    from leukoscope.sources.demo import demo_field

    field, stream = demo_field(1), io.BytesIO()
    Image.fromarray(field.pixels).save(stream, "JPEG", quality=92)
    data = stream.getvalue()
    yield Group(
        ways={
            "decode": lambda: decode_image(data, "a.jpg"),
            "localize": lambda: localize(field, View.FIELD),
            "Pillow": lambda: np.array(Image.open(io.BytesIO(data)).convert("RGB")),
        },
        rows=(
            Row("JPEG of a camera decoded, in Pillow's time", "decode", "Pillow", Better.LESS),
            Row("cells of a field found, in Pillow's time for its JPEG", "localize", "Pillow", Better.LESS),
        ),
    )


@contextmanager
def report(models: Path, cache: Path) -> Iterator[Group]:
    """A report of 100 cells with all maps, beside the encoding of as many small pictures."""
    from PIL import Image

    from leukoscope.workflow.case_repository import CaseRepository
    from leukoscope.workflow.export.case_export import CaseExport
    from leukoscope.workflow.settings import Settings
    from tests.benchmarks.bench_report import fill_case

    picture = Image.fromarray(np.random.default_rng(0).integers(90, 160, (160, 160, 3), dtype=np.uint8))

    def encode() -> None:
        for _ in range(PICTURES):
            picture.save(io.BytesIO(), "JPEG", quality=85)

    with tempfile.TemporaryDirectory() as place:
        repository = CaseRepository(Path(place) / "cases")
        try:
            number, path = fill_case(repository), Path(place) / "report.pdf"
            job = CaseExport(repository, (), Settings(laboratory="Hematology")).job(number)
            yield Group(
                ways={"report": lambda: job.print_report(repository.load_to_leave(number), path), "Pillow": encode},
                rows=(
                    Row("report of 100 cells, in Pillow's time for 700 small JPEGs", "report", "Pillow", Better.LESS),
                ),
            )
        finally:
            repository.close()


@contextmanager
def lists(models: Path, cache: Path) -> Iterator[Group]:
    """The list of cases searched, beside SQLite itself reading as many rows."""
    from leukoscope.cases.store import CaseStore
    from leukoscope.domain.cases import CaseQuery
    from tests.benchmarks.bench_worklist import fill

    with tempfile.TemporaryDirectory() as place:
        store = CaseStore(Path(place))
        fill(store, CASES)
        bare = sqlite3.connect(next(Path(place).glob("*.db")))
        try:
            yield Group(
                ways={
                    "list": lambda: store.list("", SHOWN, 0, CaseQuery()),
                    "search": lambda: store.list("müller 99", SHOWN, 0, CaseQuery("müller 99")),
                    "SQLite": lambda: bare.execute("SELECT * FROM cases LIMIT ?", (SHOWN,)).fetchall(),
                },
                rows=(
                    Row("2,000 of 20,000 cases listed, in SQLite's time for the rows", "list", "SQLite", Better.LESS),
                    Row("a name searched among 20,000 cases, in the same time", "search", "SQLite", Better.LESS),
                ),
            )
        finally:
            bare.close()
            store.close()


@contextmanager
def similar(models: Path, cache: Path) -> Iterator[Group]:
    """The five nearest cells, beside numpy comparing with all."""
    from leukoscope.site.similar import NearestCells
    from tests.benchmarks.bench_similar import drawn

    cells, asked = drawn(SIMILAR, 2), drawn(1, 3)[0]
    index, units = NearestCells(cells), cells.astype(np.float32)
    wanted = asked.astype(np.float32)
    yield Group(
        ways={"nearest": lambda: index.nearest(asked), "numpy": lambda: np.argpartition(units @ wanted, -5)},
        rows=(Row("five nearest of 50,000 cells, as fast as numpy comparing with all", "nearest", "numpy"),),
    )
