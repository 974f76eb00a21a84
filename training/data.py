"""Where cells come from: C-NMC's own file names, a folder per class, or a CSV manifest. Nothing here splits."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.inference.manifest import Preprocessing
from training.config import DataConfig

IMAGE_SUFFIXES = frozenset({".bmp", ".png", ".tif", ".tiff", ".webp", ".jpg", ".jpeg"})
_CNMC_NAME = re.compile(r"^UID_(?P<subject>H?\d+)_\d+_\d+_(?P<label>all|hem)$", re.IGNORECASE)
_CNMC_LABELS = {"hem": 0, "all": 1}


@dataclass(frozen=True)
class Sample:
    """One labeled cell image on disk.

    Parameters
    ----------
    path
        The file.
    label
        0 for the first class (healthy), 1 for the second (leukemic).
    subject
        Whose cell, case-folded: in C-NMC "H14" and "14" are two people, "H14" and "h14" one.
    digest
        SHA-256 of the decoded pixels; the same for exact duplicates. Empty until read.
    """

    path: Path
    label: int
    subject: str
    digest: str = ""


def find_samples(folder: Path, config: DataConfig) -> tuple[Sample, ...]:
    """List the labeled cells of a folder in a fixed order.

    Raises
    ------
    ImageError
        When a class or a name is missing or not understood; the sentence says which file.
    """
    readers = {"c-nmc": _cnmc, "folders": _class_folders, "csv": _csv_manifest}
    samples = sorted(readers[config.layout](folder, config), key=lambda sample: sample.path)
    if config.per_subject is not None:
        samples = list(_thinned(samples, config.per_subject))
    counts = Counter(sample.label for sample in samples)
    for label, name in enumerate(config.classes):
        if not counts[label]:
            raise ImageError(f"There is no {name} cell in “{folder}”; check the folder and the data layout.")
    return tuple(samples)


def _images(folder: Path) -> Iterator[Path]:
    return (p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file())


def _cnmc(folder: Path, _: DataConfig) -> Iterator[Sample]:
    for path in _images(folder):
        match = _CNMC_NAME.match(path.stem)
        if match is None:
            raise ImageError(f"“{path.name}” is not named the way C-NMC names cells (UID_subject_image_cell_label).")
        yield Sample(path, _CNMC_LABELS[match["label"].casefold()], match["subject"].casefold())


def _class_folders(folder: Path, config: DataConfig) -> Iterator[Sample]:
    """``folder/CLASS/SUBJECT/file`` or ``folder/CLASS/SUBJECT_rest.png``."""
    for label, name in enumerate(config.classes):
        root = folder / name
        for path in _images(root):
            inside = path.relative_to(root)
            subject = inside.parts[0] if len(inside.parts) > 1 else path.stem.split("_")[0]
            yield Sample(path, label, subject.casefold())


def _csv_manifest(folder: Path, config: DataConfig) -> Iterator[Sample]:
    """``folder/manifest.csv`` with the columns path, label (a class name) and subject."""
    file = folder / "manifest.csv"
    try:
        with file.open(newline="", encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                yield Sample(folder / row["path"], config.classes.index(row["label"]), row["subject"].casefold())
    except (OSError, UnicodeDecodeError, KeyError, ValueError) as error:
        raise ImageError(
            f"“{file}” cannot be used; it needs the columns path, label ({' or '.join(config.classes)}) and subject.",
            repr(error),
        ) from error


def _thinned(samples: Iterable[Sample], per_subject: int) -> Iterator[Sample]:
    seen: Counter[str] = Counter()
    for sample in samples:
        seen[sample.subject] += 1
        if seen[sample.subject] <= per_subject:
            yield sample


def read_pixels(path: Path) -> Pixels:
    """Decode one cell image to RGB uint8.

    Raises
    ------
    ImageError
        When the file cannot be read or decoded.
    """
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise ImageError(f"“{path.name}” cannot be read; take it out of the training folder.", repr(error)) from error
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if decoded is None:
        raise ImageError(f"“{path.name}” is not a readable image; take it out of the training folder.")
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class CellSet:
    """Samples with their pixels, cut out but not yet resized to the network's input.

    Parameters
    ----------
    samples
        With digests.
    crops
        Shape (n, crop, crop, 3), uint8, RGB: the central square that ``preprocessing`` keeps.
    """

    samples: tuple[Sample, ...]
    crops: NDArray[np.uint8]

    @property
    def labels(self) -> NDArray[np.int64]:
        """Shape (n,), 0 or 1."""
        return np.array([sample.label for sample in self.samples], dtype=np.int64)

    @property
    def subjects(self) -> NDArray[np.str_]:
        """Shape (n,)."""
        return np.array([sample.subject for sample in self.samples], dtype=np.str_)


def read_cells(samples: Sequence[Sample], preprocessing: Preprocessing) -> CellSet:
    """Decode, check and cut out every sample.

    Raises
    ------
    ImageError
        When a file is unreadable, has not the canvas size, or the same picture carries two labels.
    """
    side, crop = preprocessing.canvas, preprocessing.crop
    offset = (side - crop) // 2

    def read(sample: Sample) -> tuple[Sample, Pixels]:
        pixels = read_pixels(sample.path)
        if pixels.shape != (side, side, 3):
            raise ImageError(f"“{sample.path.name}” is {pixels.shape[1]}x{pixels.shape[0]}, not {side}x{side} pixels.")
        digest = hashlib.sha256(pixels.tobytes()).hexdigest()
        return replace(sample, digest=digest), pixels[offset : offset + crop, offset : offset + crop]

    crops = np.empty((len(samples), crop, crop, 3), np.uint8)
    read_samples = []
    with ThreadPoolExecutor() as pool:
        for index, (sample, pixels) in enumerate(pool.map(read, samples)):
            crops[index] = pixels
            read_samples.append(sample)
    _refuse_contradictions(read_samples)
    return CellSet(tuple(read_samples), crops)


def _refuse_contradictions(samples: Iterable[Sample]) -> None:
    by_digest: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_digest[sample.digest].append(sample)
    for twins in by_digest.values():
        if len({twin.label for twin in twins}) > 1:
            names = " and ".join(f"“{twin.path.name}”" for twin in twins)
            raise ImageError(f"{names} show the same picture with different labels; correct one of them.")
