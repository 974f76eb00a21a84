"""Depths, palettes, profiles and orientation of image files become the same RGB."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from leukoscope.sources.files import read_frame
from tests.unit.sources.image_files import encoded, picture, written

EXACT: dict[str, dict[str, object]] = {"WEBP": {"lossless": True, "exact": True}}


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_16_bit_gray_is_scaled_by_the_bits_in_use(tmp_path: Path, bits: int) -> None:
    full = 2**bits - 1
    samples = np.linspace(0, full, 64 * 64).reshape(64, 64).round().astype(np.uint16)
    for kind in ("PNG", "TIFF"):
        data = encoded(Image.fromarray(samples), kind)
        gray = read_frame(written(tmp_path, f"{bits}.{kind.lower()}", data)).pixels
        assert np.abs(gray[:, :, 1].astype(float) - samples * (255 / full)).max() <= 0.51
        assert (gray[:, :, 0] == gray[:, :, 2]).all()


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("bits", [12, 16])
def test_16_bit_color_is_scaled_by_the_bits_in_use(tmp_path: Path, suffix: str, bits: int) -> None:
    deep = (picture().astype(np.uint32) * (2**bits - 1) // 255).astype(np.uint16)
    deep[0, 0] = 2**bits - 1
    path = tmp_path / f"deep{suffix}"
    assert cv2.imwrite(str(path), deep[:, :, ::-1])
    assert np.abs(read_frame(path).pixels.astype(int) - deep * (255 / (2**bits - 1))).max() <= 1


def test_gray_palette_and_one_bit_open_as_rgb(tmp_path: Path) -> None:
    gray = Image.fromarray(picture()[:, :, 0])
    pixels = read_frame(written(tmp_path, "gray.png", encoded(gray))).pixels
    assert (pixels == pixels[:, :, :1]).all() and (pixels[:, :, 0] == picture()[:, :, 0]).all()
    few = Image.new("RGB", (20, 10), (200, 0, 100)).quantize(4)
    assert tuple(read_frame(written(tmp_path, "palette.png", encoded(few))).pixels[3, 3]) == (200, 0, 100)
    bit = Image.new("1", (20, 10), 1)
    assert read_frame(written(tmp_path, "bit.png", encoded(bit))).pixels.min() == 255


def test_transparent_becomes_black(tmp_path: Path) -> None:
    alpha = np.zeros((32, 48), np.uint8)
    alpha[8:24, 12:36], alpha[0, 0] = 255, 128
    data = encoded(Image.fromarray(np.dstack([picture(), alpha])))
    pixels = read_frame(written(tmp_path, "cut-out.png", data)).pixels
    np.testing.assert_array_equal(pixels[8:24, 12:36], picture()[8:24, 12:36])
    assert pixels[2:6].max() == 0
    assert np.abs(pixels[0, 0].astype(int) - picture()[0, 0] // 2).max() <= 1
    gray = Image.fromarray(np.dstack([np.full((9, 9), 90, np.uint8), np.eye(9, dtype=np.uint8) * 255]))
    pixels = read_frame(written(tmp_path, "la.png", encoded(gray))).pixels
    np.testing.assert_array_equal(pixels[..., 0], np.eye(9) * 90)


def test_an_alpha_that_nobody_filled_in_hides_nothing(tmp_path: Path) -> None:
    for kind, mode in (("PNG", "RGBA"), ("TIFF", "RGBA"), ("WEBP", "RGBA"), ("PNG", "LA"), ("TIFF", "LA")):
        colors = picture() if mode == "RGBA" else picture()[..., :1]
        data = encoded(Image.fromarray(np.dstack([colors, np.zeros((32, 48), np.uint8)])), kind, **EXACT.get(kind, {}))
        pixels = read_frame(written(tmp_path, f"{mode}.{kind}", data)).pixels
        np.testing.assert_array_equal(pixels, np.broadcast_to(colors, pixels.shape))


def test_cmyk_and_lab_are_converted(tmp_path: Path) -> None:
    cmyk = Image.new("RGB", (40, 30), (200, 60, 120)).convert("CMYK")
    for kind in ("JPEG", "TIFF"):
        pixels = read_frame(written(tmp_path, f"cmyk.{kind.lower()}", encoded(cmyk, kind))).pixels
        assert np.abs(pixels[5, 5].astype(int) - (200, 60, 120)).max() <= 6
    rgb = Image.new("RGB", (40, 30), (200, 60, 120))
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    lab = ImageCms.applyTransform(rgb, to_lab)
    assert lab is not None
    pixels = read_frame(written(tmp_path, "lab.tif", encoded(lab, "TIFF"))).pixels
    assert np.abs(pixels[5, 5].astype(int) - (200, 60, 120)).max() <= 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_honored(tmp_path: Path, kind: str, orientation: int) -> None:
    upright = np.zeros((24, 48, 3), np.uint8)
    upright[:12, :24], upright[:12, 24:] = (250, 20, 20), (20, 250, 20)
    upright[12:, :24] = (20, 20, 250)
    turned = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.transpose(1, 0, 2), 6: np.rot90(upright, 1), 7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    data = encoded(Image.fromarray(np.ascontiguousarray(turned)), kind, exif=exif, **options)
    pixels = read_frame(written(tmp_path, "turned.img", data)).pixels
    assert pixels.shape == upright.shape
    for y, x in [(3, 3), (3, 44), (20, 3), (20, 44)]:
        assert np.abs(pixels[y, x].astype(int) - upright[y, x]).max() < 30


def test_color_profiles(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = read_frame(written(tmp_path, "srgb.png", encoded(Image.fromarray(picture()), icc_profile=srgb)))
    np.testing.assert_array_equal(same.pixels, picture())
    broken = encoded(Image.fromarray(picture()), icc_profile=b"not a profile at all" * 9)
    np.testing.assert_array_equal(read_frame(written(tmp_path, "broken.png", broken)).pixels, picture())
    warm = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    assert read_frame(written(tmp_path, "odd.png", encoded(Image.fromarray(picture()), icc_profile=warm))).width == 48
