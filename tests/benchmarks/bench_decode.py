"""What decoding takes: a camera's JPEG against Pillow alone, and a tiled TIFF of 100 megapixels in memory.

``python -m tests.benchmarks decode``. Times are ratios of two ways measured in turn in one process; memory is the
highest resident set of a process of its own, less what it had before, as a multiple of the 8-bit RGB pixels.
"""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from leukoscope.sources.decoding import decode_image
from leukoscope.sources.demo import demo_field

REPEATS = 40
SIDE, TILE = 10_240, 512

_PEAK = """
import resource, sys
from pathlib import Path
from leukoscope.sources.decoding import decode_image
import cv2, tifffile
small, large = (Path(name).read_bytes() for name in sys.argv[1:])
decode_image(small, "small.tif")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
pixels = decode_image(large, "large.tif").pixels
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / pixels.nbytes)
"""


def main() -> None:
    """Print both."""
    print("| image | measured | ratio |\n|---|---|---|")
    print(f"| JPEG, 1280x1024 | time, decode_image / Pillow alone | {jpeg_ratio():.2f} |")
    with tempfile.TemporaryDirectory() as folder:
        for name, kind, compression in (("8 bits", "uint8", None), ("8 bits, LZW", "uint8", "lzw"),
                                        ("16 bits", "uint16", None)):  # fmt: skip
            print(f"| tiled TIFF, 100 megapixels, {name} | memory / pixels | {memory(folder, kind, compression):.2f} |")


def jpeg_ratio() -> float:
    """Median of the ratios of pairs measured one after the other."""
    stream = io.BytesIO()
    Image.fromarray(demo_field(1).pixels).save(stream, "JPEG", quality=92)
    data = stream.getvalue()
    ratios = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        decode_image(data, "a.jpg")
        between = time.perf_counter()
        np.array(Image.open(io.BytesIO(data)).convert("RGB"))
        ratios.append((between - start) / (time.perf_counter() - between))
    return statistics.median(ratios)


def memory(folder: str, kind: str, compression: str | None) -> float:
    """Highest memory that decoding takes, as a multiple of its pixels."""
    paths = [Path(folder, "small.tif"), Path(folder, "large.tif")]
    tile = np.random.default_rng(1).integers(0, 200, (TILE, TILE, 3)).astype(kind)
    tile[:64, :64] = np.iinfo(kind).max
    for path, side in zip(paths, (TILE, SIDE), strict=True):
        tiles = (tile for _ in range((side // TILE) ** 2))
        tifffile.imwrite(
            path, tiles, shape=(side, side, 3), dtype=kind, tile=(TILE, TILE), photometric="rgb",
            compression=compression, metadata=None,
        )  # fmt: skip
    done = subprocess.run([sys.executable, "-c", _PEAK, *map(str, paths)], capture_output=True, text=True, check=True)
    return float(done.stdout)


if __name__ == "__main__":
    main()
