"""The figures of all cells of a fit, measured once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import View
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.domain.morphology import FIGURES
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.localize import localize
from leukoscope.imaging.morphology import measure
from training.config import LymphocyteConfig
from training.decoding import read_pixels
from training.listing import Sample, find_samples
from training.lymphocytes import image_files
from training.shape.config import ShapeConfig

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Measured:
    """Cells with their figures.

    Parameters
    ----------
    samples
        With digests, so that pictures of one cell stay together.
    values
        Shape (n, figures), in the order of ``domain.morphology.FIGURES``; nan where a figure cannot be measured.
    """

    samples: tuple[Sample, ...]
    values: Values

    def columns(self, codes: Sequence[str]) -> Values:
        """Some of the figures: shape (n, codes)."""
        known = [figure.code for figure in FIGURES]
        return self.values[:, [known.index(code) for code in codes]]

    @property
    def labels(self) -> NDArray[np.int64]:
        """Shape (n,), 0 healthy, 1 leukemic."""
        return np.array([sample.label for sample in self.samples], np.int64)

    @property
    def subjects(self) -> NDArray[np.str_]:
        """Shape (n,)."""
        return np.array([sample.subject for sample in self.samples], np.str_)


def measure_all(
    config: ShapeConfig, data: Path, lymphocytes: Sequence[Path], memory: Path | None, say: Callable[[str], None]
) -> tuple[Measured, Measured]:
    """Measure a lab's cells, and the other lab's lymphocytes.

    Parameters
    ----------
    config
        Names figures and scale.
    data
        Folder of cells on black.
    lymphocytes
        Folders of pictures of one lymphocyte each.
    memory
        A JSON file of what was measured before, by file; read if it is there, and written.
    say
        Told how far it is.

    Raises
    ------
    ImageError
        When a cell cannot be read.
    """
    known = _Memory(memory)
    cells = list(_measured(find_samples(data, config.data), known, None, say))
    others: list[tuple[Sample, list[float]]] = []
    if config.lymphocytes is not None:
        # No ids of people: what looks like one person is one picture.
        samples = [Sample(path, 0, f"other lab {number}") for number, path in enumerate(image_files(lymphocytes))]
        others = list(_measured(samples, known, config.lymphocytes, say))
    known.write()
    return _gathered(cells), _gathered(others)


def _gathered(rows: Sequence[tuple[Sample, list[float]]]) -> Measured:
    values = np.array([values for _, values in rows], np.float64).reshape(-1, len(FIGURES))
    return Measured(tuple(sample for sample, _ in rows), values)


class _Memory:
    """Digest and figures by file; a file that has changed since is measured again."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._rows: dict[str, dict[str, object]] = {}
        if file is not None and file.is_file():
            self._rows = json.loads(file.read_text(encoding="utf-8"))

    def get(self, path: Path) -> tuple[str, list[float]] | None:
        row = self._rows.get(self._key(path))
        if row is None:
            return None
        values = row["values"]
        assert isinstance(values, dict)
        return str(row["digest"]), [float(values.get(figure.code, np.nan)) for figure in FIGURES]

    def put(self, path: Path, digest: str, values: Iterable[tuple[str, float]]) -> None:
        self._rows[self._key(path)] = {"digest": digest, "values": dict(values)}

    @staticmethod
    def _key(path: Path) -> str:
        state = path.stat()
        return f"{path.name} {state.st_size} {state.st_mtime_ns}"

    def write(self) -> None:
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(self._rows), encoding="utf-8")


def _measured(
    samples: Sequence[Sample], known: _Memory, field: LymphocyteConfig | None, say: Callable[[str], None]
) -> Iterator[tuple[Sample, list[float]]]:
    """Each sample with its figures; a field in which no cell is found is left out."""

    def one(sample: Sample) -> tuple[Sample, list[float]] | None:
        before = known.get(sample.path)
        if before is None:
            pixels = read_pixels(sample.path)
            digest = hashlib.sha256(pixels.tobytes()).hexdigest()
            origin = FrameOrigin(OriginKind.FILE, sample.path.name)
            frame = Frame(pixels, origin, digest, field.um_per_px if field else None)
            found = localize(frame, View.CELL)
            values = measure(cut_out(frame, found[0])).values if found else {}
            known.put(sample.path, digest, values.items())
            before = known.get(sample.path)
        assert before is not None
        digest, row = before
        return None if not np.isfinite(row).any() else (replace(sample, digest=digest), row)

    with ThreadPoolExecutor() as pool:
        for number, answer in enumerate(pool.map(one, samples), start=1):
            if number % 500 == 0 or number == len(samples):
                say(f"measured {number:,} of {len(samples):,} cells")
            if answer is not None:
                yield answer
