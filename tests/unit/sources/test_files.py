"""Reading image files: every kind that is opened, every kind that is refused, and the sentence it gets."""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import OriginKind
from leukoscope.sources import decoding
from leukoscope.sources.files import decode_frame, find_images, read_frame
from tests.unit.sources.image_files import ORIGIN, encoded, picture, refused, written

NOBODY = 65534


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_formats_give_the_same_pixels_and_the_hash_of_the_file(tmp_path: Path, kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(Image.fromarray(picture()), kind, **options)
    frame = read_frame(written(tmp_path, f"cell.{kind.lower()}", data))
    np.testing.assert_array_equal(frame.pixels, picture())
    assert frame.sha256 == hashlib.sha256(data).hexdigest()
    assert frame.origin.kind is OriginKind.FILE
    assert frame.origin.name == f"cell.{kind.lower()}"
    assert frame.um_per_px is None


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "a.jpg"), ("GIF", "a.gif")])
def test_lossy_formats_come_close(tmp_path: Path, kind: str, name: str) -> None:
    flat = np.full((40, 60, 3), (180, 90, 150), np.uint8)
    frame = read_frame(written(tmp_path, name, encoded(Image.fromarray(flat), kind)))
    assert frame.pixels.shape == flat.shape
    assert np.abs(frame.pixels.astype(int) - flat).max() <= 4


@pytest.mark.parametrize("name", ["Zelle Müller.png", "细胞 1.png", "клетка.png", "a'b\"c.png"])
def test_any_name_opens(tmp_path: Path, name: str) -> None:
    assert read_frame(written(tmp_path, name, encoded(Image.fromarray(picture())))).origin.name == name


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    frame = read_frame(written(tmp_path, "really-a-png.jpg", encoded(Image.fromarray(picture()))))
    np.testing.assert_array_equal(frame.pixels, picture())


def test_missing_folder_and_empty(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "gone.png")
    (tmp_path / "folder.png").mkdir()
    assert "is a folder" in refused(tmp_path / "folder.png")
    assert "is empty" in refused(written(tmp_path, "empty.png", b""))


@pytest.mark.parametrize(
    "text",
    [
        b"Dear colleague,\nplease find the smear attached.\n" * 5,
        "Präparat 12: größer\n".encode() * 400,
        b"x",
        b"a;b\n1;2",
    ],
)
def test_text_called_png_is_refused_as_text(tmp_path: Path, text: bytes) -> None:
    assert "text file" in refused(written(tmp_path, "notes.png", text))


def test_other_files_are_refused_with_the_formats_that_open(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, 5000, np.uint8).tobytes()
    for name, data in {"noise.png": noise, "zeros.png": bytes(1000), "a.zip": b"PK\x03\x04" + noise}.items():
        assert "PNG, JPEG" in refused(written(tmp_path, name, data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF"])
@pytest.mark.parametrize("part", [0.03, 0.5, 0.9])
def test_truncated_files_are_refused_as_damaged(tmp_path: Path, kind: str, part: float) -> None:
    grain = np.random.default_rng(3).integers(0, 256, (64, 80, 3), np.uint8)
    data = encoded(Image.fromarray(grain), kind)
    message = refused(written(tmp_path, f"cut.{kind.lower()}", data[: int(len(data) * part)]))
    assert "damaged" in message


def test_damaged_inside_is_refused(tmp_path: Path) -> None:
    data = bytearray(encoded(Image.fromarray(picture(200, 200))))
    middle = data.find(b"IDAT") + 40
    data[middle : middle + 60] = bytes(60)
    assert "damaged" in refused(written(tmp_path, "scratched.png", bytes(data)))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF"]), st.data())
def test_whatever_is_damaged_either_opens_or_is_an_image_error(kind: str, data: st.DataObject) -> None:
    good = bytearray(encoded(Image.fromarray(picture()), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        frame = decode_frame(bytes(good), ORIGIN)
    except ImageError as error:
        assert error.message
    else:
        assert frame.pixels.ndim == 3


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_an_image_error(data: bytes) -> None:
    with pytest.raises(ImageError):
        decode_frame(data, ORIGIN)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animations_are_refused(tmp_path: Path, kind: str) -> None:
    first, second = Image.fromarray(picture()), Image.fromarray(picture()[::-1].copy())
    data = encoded(first, kind, save_all=True, append_images=[second])
    assert "animation" in refused(written(tmp_path, "moving.img", data))


def test_pages_are_refused_but_a_thumbnail_page_is_not(tmp_path: Path) -> None:
    page = Image.fromarray(picture())
    data = encoded(page, "TIFF", save_all=True, append_images=[page, page])
    assert "3 pages" in refused(written(tmp_path, "stack.tif", data))
    small = Image.fromarray(picture(12, 8))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    small_page = encoded(page, "TIFF", save_all=True, append_images=[small])
    assert read_frame(written(tmp_path, "with-thumbnail.tif", small_page)).pixels.shape == (32, 48, 3)


def png_header(width: int, height: int) -> bytes:
    """A PNG that announces a size and brings nearly nothing: what a decompression bomb looks like from outside."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")
    )


def test_more_pixels_than_the_cap_are_refused_before_decoding(tmp_path: Path) -> None:
    message = refused(written(tmp_path, "bomb.png", png_header(60_000, 60_000)))
    assert "3600 megapixels" in message and "120" in message


def test_pixel_cap_is_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "a.png", encoded(Image.fromarray(picture(48, 32))))
    monkeypatch.setattr(decoding, "MAX_PIXELS", 48 * 32)
    assert read_frame(path).width == 48
    monkeypatch.setattr(decoding, "MAX_PIXELS", 48 * 32 - 1)
    assert "megapixels" in refused(path)


def test_a_hundred_megapixels_open(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("RGB", (12_500, 8_000), (200, 120, 160)).save(path, compress_level=1)
    frame = read_frame(path)
    assert (frame.width, frame.height) == (12_500, 8_000)
    assert tuple(frame.pixels[-1, -1]) == (200, 120, 160)


@contextmanager
def somebody_else() -> Iterator[None]:
    """Read with no special rights: the superuser may read everything, so it becomes nobody for a while."""
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if superuser:
            os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such permissions")
def test_file_without_permission() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = written(Path(folder), "secret.png", encoded(Image.fromarray(picture())))
        path.chmod(0)
        with somebody_else():
            assert "permission" in refused(path)


def test_scale_from_metadata(tmp_path: Path) -> None:
    page = Image.fromarray(picture())
    ome = '<OME><Image><Pixels PhysicalSizeX="0.0645" PhysicalSizeY="0.0645" PhysicalSizeXUnit="µm"/></Image></OME>'
    two = ome.replace("</OME>", '<Image><Pixels PhysicalSizeX="1" PhysicalSizeY="1"/></Image></OME>')
    cases = {
        "ome.tif": (encoded(page, "TIFF", tiffinfo={270: ome.encode()}), 0.0645),
        "two.ome.tif": (encoded(page, "TIFF", tiffinfo={270: two.encode()}), 0.0645),
        "escaped.ome.tif": (encoded(page, "TIFF", tiffinfo={270: ome.replace("µ", "&#181;").encode()}), 0.0645),
        "damaged.ome.tif": (encoded(page, "TIFF", tiffinfo={270: ome.replace("<Image>", "<").encode()}), None),
        "sizeless.ome.tif": (encoded(page, "TIFF", tiffinfo={270: "<OME><Image/></OME>"}), None),
        "imagej.tif": (encoded(page, "TIFF", tiffinfo={270: "ImageJ=1.53\nunit=micron\n", 282: 10.0, 283: 10.0}), 0.1),
        "own.tif": (encoded(page, "TIFF", tiffinfo={270: "ImageJ=1.53\nunit=cubit\n", 282: 10.0, 283: 10.0}), None),
        "cm.tif": (encoded(page, "TIFF", resolution_unit=3, x_resolution=100_000.0, y_resolution=100_000.0), 0.1),
        "print.tif": (encoded(page, "TIFF", dpi=(300, 300)), None),
        "print.jpg": (encoded(page, "JPEG", dpi=(72, 72)), None),
        "uneven.tif": (encoded(page, "TIFF", resolution_unit=3, x_resolution=1e5, y_resolution=5e4), None),
        "odd.tif": (encoded(page, "TIFF", tiffinfo={270: '<OME PhysicalSizeX="abc" PhysicalSizeY="-1">'}), None),
    }
    for name, (data, expected) in cases.items():
        found = read_frame(written(tmp_path, name, data)).um_per_px
        assert found == (expected and pytest.approx(expected, rel=1e-3)), name


def test_camera_and_objective_from_metadata(tmp_path: Path) -> None:
    page = Image.fromarray(picture())
    exif = Image.Exif()
    exif[271], exif[272] = "Canon", "Canon EOS 600D\x00"
    parts = '<Instrument><Detector Model="acA2440"/><Objective NominalMagnification="100.0"/></Instrument>'
    ome = f'<OME>{parts}<Image><Pixels PhysicalSizeX="0.06" PhysicalSizeY="0.06"/></Image></OME>'
    two = ome.replace("<Objective", '<Objective Model="40x"/><Objective')
    cases = {
        "exif.jpg": (encoded(page, "JPEG", exif=exif), ("Canon EOS 600D", "")),
        "tags.tif": (encoded(page, "TIFF", tiffinfo={271: "Basler", 272: "acA2440\n"}), ("Basler acA2440", "")),
        "ome.tif": (encoded(page, "TIFF", tiffinfo={270: ome}), ("acA2440", "100x")),
        "two.ome.tif": (encoded(page, "TIFF", tiffinfo={270: two}), ("acA2440", "")),
        "silent.png": (encoded(page), ("", "")),
    }
    for name, (data, expected) in cases.items():
        found = read_frame(written(tmp_path, name, data)).origin.microscope
        assert (found.camera, found.objective) == expected, name


def test_find_images_walks_in_natural_order_and_tells_what_is_wrong(tmp_path: Path) -> None:
    data = encoded(Image.fromarray(picture()))
    (tmp_path / "b").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "nothing").mkdir()
    for name in ["cell 10.png", "cell 2.PNG", "b/x.tif", ".hidden/a.png", ".a.png", "notes.txt", "Cell 1.jpg"]:
        written(tmp_path, name, data)
    listing = find_images(
        [tmp_path, tmp_path / "cell 2.PNG", tmp_path / "notes.txt", tmp_path / "no", tmp_path / "nothing"]
    )
    names = [path.relative_to(tmp_path).as_posix() for path in listing.paths]
    assert names == ["b/x.tif", "Cell 1.jpg", "cell 2.PNG", "cell 10.png", "notes.txt"]
    assert [path.name for path, _ in listing.errors] == ["no", "nothing"]
    assert "does not exist" in listing.errors[0][1].message
    assert "holds no images" in listing.errors[1][1].message


def test_real_images_open(shared_data: Path) -> None:
    files = [
        *sorted((shared_data / "cnmc_fold1/all").glob("*"))[:3],
        *sorted((shared_data / "bccd/images").glob("*"))[:2],
    ]
    for file in files:
        frame = read_frame(file)
        assert frame.pixels.shape in {(450, 450, 3), (480, 640, 3)}
        assert not frame.pixels.flags.writeable
