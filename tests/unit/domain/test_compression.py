"""What the bytes say of their own compression, for files written by the usual libraries."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from leukoscope.domain.compression import JPEG, JPEG_2000, JPEG_LS, Compression, compression_of

PIXELS = np.random.default_rng(3).integers(0, 255, (64, 80, 3), dtype=np.uint8)


def saved(kind: str, pixels: np.ndarray = PIXELS, **options: object) -> bytes:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, kind, **options)
    return target.getvalue()


def tiff(big: bool = False, order: str = "<", **options: object) -> bytes:
    target = io.BytesIO()
    with tifffile.TiffWriter(target, bigtiff=big, byteorder=order) as writer:
        writer.write(PIXELS, photometric="rgb", **options)
    return target.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "TIFF"])
def test_nothing_is_lost_in(kind: str) -> None:
    assert not compression_of(saved(kind)).lossy


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 100, "subsampling": 0}])
def test_jpeg_is_lossy(options: dict[str, object]) -> None:
    data = saved("JPEG", **options)
    assert compression_of(data) == Compression(True, JPEG, len(data))


def test_lossless_jpeg_is_not_lossy() -> None:
    """Process 14: SOF3 in the place of SOF0. The bytes of the frame header say so."""
    data = saved("JPEG")
    assert not compression_of(data.replace(b"\xff\xc0", b"\xff\xc3", 1)).lossy


def test_jpeg_ls_says_how_far_a_sample_may_be_off() -> None:
    def stream(near: int) -> bytes:
        frame = b"\xff\xf7" + (11).to_bytes(2, "big") + b"\x08\x00\x08\x00\x08\x01\x01\x11\x00"
        scan = b"\xff\xda" + (8).to_bytes(2, "big") + bytes((1, 1, 0, near, 0, 0))
        return b"\xff\xd8" + frame + scan + b"\x00" * 20

    assert compression_of(stream(0)) == Compression(False, JPEG_LS, len(stream(0)))
    assert compression_of(stream(3)) == Compression(True, JPEG_LS, len(stream(3)))


@pytest.mark.parametrize(("options", "lossy"), [({"lossless": True}, False), ({"quality": 80}, True)])
@pytest.mark.parametrize("exif", [b"", b"Exif\x00\x00MM\x00*"])
def test_webp_has_both_and_no_term_of_dicom(options: dict[str, object], lossy: bool, exif: bytes) -> None:
    data = saved("WEBP", exif=exif, **options)
    assert compression_of(data) == Compression(lossy, "", len(data))


def test_an_animated_webp_is_looked_into() -> None:
    other = Image.fromarray(255 - PIXELS)
    lossy = saved("WEBP", save_all=True, append_images=[other], quality=50)
    lossless = saved("WEBP", save_all=True, append_images=[other], lossless=True)
    assert (compression_of(lossy).lossy, compression_of(lossless).lossy) == (True, False)


@pytest.mark.parametrize("irreversible", [True, False])
@pytest.mark.parametrize("suffix", [".jp2", ".j2k"])
def test_jpeg_2000_names_its_wavelet(irreversible: bool, suffix: str) -> None:
    kind = {"no_jp2": suffix == ".j2k"}
    data = saved("JPEG2000", irreversible=irreversible, quality_layers=[20] if irreversible else None, **kind)
    assert compression_of(data) == Compression(irreversible, JPEG_2000, len(data))


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_without_loss_in_every_layout(big: bool, order: str) -> None:
    found = compression_of(tiff(big, order, rowsperstrip=16))
    assert (found.lossy, found.size) == (False, PIXELS.size)


@pytest.mark.parametrize("compression", ["jpeg", "tiff_lzw", "tiff_deflate", "packbits"])
def test_a_tiff_of_pillow(compression: str) -> None:
    data = saved("TIFF", compression=compression)
    found = compression_of(data)
    assert (found.lossy, found.method) == ((True, JPEG) if compression == "jpeg" else (False, ""))
    assert 0 < found.size < len(data)


def test_pages_of_a_tiff_are_told_apart() -> None:
    target = io.BytesIO()
    first, second = Image.fromarray(PIXELS), Image.fromarray(PIXELS[:30])
    first.save(target, "TIFF", compression="tiff_lzw", save_all=True, append_images=[second])
    lossless = target.getvalue()
    assert [compression_of(lossless, page).lossy for page in (0, 1)] == [False, False]
    mixed = io.BytesIO()
    with tifffile.TiffWriter(mixed) as writer:
        writer.write(PIXELS, photometric="rgb")
    with Image.open(io.BytesIO(mixed.getvalue())):
        pass
    both = saved("TIFF", compression="jpeg", save_all=True, append_images=[second])
    assert [compression_of(both, page).lossy for page in (0, 1)] == [True, True]
    assert compression_of(both, 0).size != compression_of(both, 1).size


def test_an_image_of_opencv() -> None:
    for ending, lossy in ((".jpg", True), (".png", False), (".bmp", False), (".tiff", False)):
        data = cv2.imencode(ending, PIXELS)[1].tobytes()
        assert compression_of(data).lossy is lossy


@given(st.binary(max_size=200), st.sampled_from([b"", b"II*\x00", b"MM\x00+", b"\xff\xd8", b"RIFF\0\0\0\0WEBP"]))
def test_damaged_bytes_raise_nothing(data: bytes, start: bytes) -> None:
    compression_of(start + data)
    compression_of(start + data, 3)
