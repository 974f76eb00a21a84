"""Each page of a TIFF is an image of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from leukoscope.domain.errors import ImageError
from leukoscope.sources.depth import to_8_bit
from leukoscope.sources.pages import page_numbers, page_origin, read_page


def picture(seed: int, kind: type[np.generic] = np.uint8) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    most = 4095 if kind is np.uint16 else 255
    return np.random.default_rng(seed).integers(0, most + 1, (40, 60, 3)).astype(kind)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_pages_are_read_one_by_one(tmp_path: Path, kind: type[np.generic], compression: str | None) -> None:
    path = tmp_path / "Stapel ü.tif"
    pages = [picture(seed, kind) for seed in range(3)]
    with tifffile.TiffWriter(path) as file:
        for page in pages:
            file.write(page, photometric="rgb", compression=compression, resolution=(1e4 / 0.1, 1e4 / 0.1),
                       resolutionunit="CENTIMETER", metadata=None)  # fmt: skip
    assert page_numbers(path) == (0, 1, 2)
    for number, page in enumerate(pages):
        decoded = read_page(path, number)
        np.testing.assert_array_equal(decoded.pixels, to_8_bit(page))
        assert decoded.um_per_px == pytest.approx(0.1)
    assert page_origin(path, 2).name == "Stapel ü.tif#page=3"


def test_smaller_copies_are_no_pages(tmp_path: Path) -> None:
    path = tmp_path / "pyramid.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(picture(1), photometric="rgb")
        file.write(picture(1)[::2, ::2], photometric="rgb", subfiletype=1)
        file.write(picture(2), photometric="rgb")
    assert page_numbers(path) == (0, 2)
    np.testing.assert_array_equal(read_page(path, 2).pixels, picture(2))


def test_what_is_no_stack_has_one_page(tmp_path: Path) -> None:
    (tmp_path / "text.tif").write_text("not a TIFF")
    (tmp_path / "torn.tif").write_bytes(b"II*\x00\xff\xff")
    tifffile.imwrite(tmp_path / "one.tif", picture(1), photometric="rgb")
    for name in ("text.tif", "torn.tif", "one.tif", "missing.tif"):
        assert page_numbers(tmp_path / name) == (0,), name


def test_a_damaged_page_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    with tifffile.TiffWriter(path) as file:
        for seed in range(2):
            file.write(picture(seed), photometric="rgb", compression="zlib")
    with tifffile.TiffFile(path) as file:
        offset, length = file.pages[1].dataoffsets[0], file.pages[1].databytecounts[0]
    data = bytearray(path.read_bytes())
    data[offset : offset + length // 2] = bytes(length // 2)
    path.write_bytes(data)
    np.testing.assert_array_equal(read_page(path, 0).pixels, picture(0))
    with pytest.raises(ImageError, match=r"stack.tif#page=2” is damaged"):
        read_page(path, 1)
    with pytest.raises(ImageError, match="damaged"):
        read_page(path, 7)
