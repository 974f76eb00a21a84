"""Codecs are imported by names that nobody can read off the code: the package must carry those that are used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from tests.unit.sources import tiff_variants
from tests.unit.sources.vendors import czi_files

_READ_ALL = """
import sys
from pathlib import Path
from leukoscope.sources.decoding import decode_image
for file in sorted(Path(sys.argv[1]).iterdir()):
    decode_image(file.read_bytes(), file.name)
print(*(name for name in sys.modules if name.startswith("imagecodecs._")))
"""


def test_the_package_carries_each_codec_that_is_read(
    packaging: Callable[[str], ModuleType], repository: Path, tmp_path: Path
) -> None:
    tables = (
        *tiff_variants.image_codecs(), *tiff_variants.jpeg_2000_of_aperio(), *tiff_variants.packed_colors(),
        *tiff_variants.grays(), *tiff_variants.by_libtiff(), *list(tiff_variants.tables_of_rgb("uint8"))[::7],
        *czi_files.written_by_hand(), *list(czi_files.written_by_zeiss(tmp_path))[::5],
    )  # fmt: skip
    folder = tmp_path / "all"
    folder.mkdir()
    for number, variant in enumerate(tables):
        (folder / f"{number}.tif").write_bytes(variant.data)
    command = [sys.executable, "-c", _READ_ALL, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=repository, timeout=120)
    used = set(done.stdout.split())
    assert {"imagecodecs._jpeg8", "imagecodecs._zstd", "imagecodecs._jpegxr"} <= used
    assert used <= set(packaging("contents").CODECS)
