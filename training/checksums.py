"""C-NMC's own files, told by their SHA-256 from a manifest; copies encoded again without loss are told as well."""

from __future__ import annotations

import csv
import hashlib
import struct
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Pixels
from training.decoding import read_pixels

_PIXELS_PER_METER = 3779
"""What the headers of C-NMC's bitmaps say; found by trying what makes their SHA-256 come out."""


@dataclass(frozen=True)
class ChecksumReport:
    """How a folder compares with a manifest.

    Parameters
    ----------
    folds
        Name of a fold -> how many of its files are there, how many there should be.
    problems
        A sentence for each file that differs or is not in the manifest.
    """

    folds: dict[str, tuple[int, int]]
    problems: list[str]


def read_manifest(file: Path) -> dict[str, tuple[str, str]]:
    """Read fold, file name and SHA-256, separated by tabs: stem of the name -> (fold, SHA-256).

    Raises
    ------
    ImageError
        When it cannot be read or a line has another form.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ImageError(f"The manifest “{file}” cannot be read.", repr(error)) from error
    entries: dict[str, tuple[str, str]] = {}
    for number, row in enumerate(csv.reader(lines, delimiter="\t"), 1):
        if len(row) != 3 or len(row[2].strip()) != 64:
            raise ImageError(f"“{file.name}”, line {number}: expected fold, file name and SHA-256 with tabs between.")
        entries[Path(row[1]).stem.casefold()] = (row[0], row[2].strip().casefold())
    return entries


def as_original(pixels: Pixels) -> bytes:
    """The bitmap file of C-NMC that holds these pixels: 24 bits, bottom row first, rows padded to four bytes."""
    height, width = pixels.shape[:2]
    rows = np.zeros((height, (3 * width + 3) // 4 * 4), np.uint8)
    rows[:, : 3 * width] = pixels[::-1, :, ::-1].reshape(height, -1)
    size, density = rows.nbytes, _PIXELS_PER_METER
    header = struct.pack("<2sIHHI", b"BM", 54 + size, 0, 0, 54)
    return (
        header + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, size, density, density, 0, 0) + rows.tobytes()
    )


def compare_checksums(paths: Sequence[Path], manifest: Path) -> ChecksumReport:
    """Compare every file with the manifest, by its bytes or, encoded again without loss, by its pixels.

    Raises
    ------
    ImageError
        When the manifest cannot be read.
    """
    entries = read_manifest(manifest)

    def trouble(path: Path) -> str:
        entry = entries.get(path.stem.casefold())
        if entry is None:
            return f"“{path.name}” is not in the manifest “{manifest.name}”."
        try:
            if hashlib.sha256(path.read_bytes()).hexdigest() == entry[1]:
                return ""
            if hashlib.sha256(as_original(read_pixels(path))).hexdigest() == entry[1]:
                return ""
        except (ImageError, OSError):
            return f"“{path.name}” cannot be compared with the manifest, because it cannot be read."
        return f"“{path.name}” has not the pixels that the manifest names; copy it again."

    with ThreadPoolExecutor() as pool:
        problems = [answer for answer in pool.map(trouble, paths) if answer]
    whole = Counter(fold for fold, _ in entries.values())
    known = {path.stem.casefold() for path in paths} & entries.keys()
    there = Counter(entries[stem][0] for stem in known)
    return ChecksumReport({fold: (there[fold], whole[fold]) for fold in sorted(whole)}, problems)
