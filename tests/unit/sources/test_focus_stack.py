"""Depths of focus put together give the field that was sharp everywhere, without borders or halos."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from leukoscope.domain.frames import Pixels
from leukoscope.sources.demo import demo_field
from leukoscope.sources.focus_stack import joined
from leukoscope.sources.pages import pages_of, read_page
from leukoscope.sources.sharpest import sharpest, sharpness
from leukoscope.workflow.images import FileSource, PageSource, file_sources, source_named
from tests.unit.sources.dicom_files import SECONDARY_FRAMES, dicom

SIGMAS = np.array([0, 0.7, 1.4, 2.1, 2.8, 4.2, 5.6, 7.0])
SHARP = demo_field(3, 640, 480).pixels


def tilted(sharp: Pixels, count: int, noise: float = 0.0) -> list[Pixels]:
    """A field that lies askew: its left side is sharp in the first depth and its right one in the last."""
    height, width = sharp.shape[:2]
    place = np.linspace(0, count - 1, width)[None, :] + 0.6 * np.sin(np.linspace(0, 9, height))[:, None]
    blurred = [np.asarray(cv2.GaussianBlur(sharp, (0, 0), s) if s else sharp, np.float32) for s in SIGMAS]
    rng, layers = np.random.default_rng(1), []
    for number in range(count):
        steps = np.interp(np.abs(place - number) * 1.4, SIGMAS, np.arange(len(SIGMAS)))
        shares = [np.clip(1 - np.abs(steps - k), 0, 1)[..., None] for k in range(len(SIGMAS))]
        layer = sum(share * one for share, one in zip(shares, blurred, strict=True)) + rng.normal(0, noise, sharp.shape)
        layers.append(np.clip(np.rint(layer), 0, 255).astype(np.uint8))
    return layers


def off(pixels: Pixels) -> tuple[float, float]:
    """Root mean square and the thousandth that is farthest from the sharp field."""
    away = pixels.astype(float) - SHARP
    return float(np.sqrt((away**2).mean())), float(np.percentile(np.abs(away), 99.9))


@pytest.mark.parametrize(("count", "noise"), [(3, 0.0), (7, 0.0), (3, 2.0), (7, 2.0)])
def test_a_field_that_lies_askew_comes_out_sharp_everywhere(count: int, noise: float) -> None:
    layers = tilted(SHARP, count, noise)
    main = sharpest([sharpness(layer) for layer in layers])
    rms, farthest = off(joined(lambda number: layers[number], count, main))
    alone_rms, alone_farthest = off(layers[main])
    assert rms <= noise + 1.0 and farthest <= 4 * noise + 5
    assert rms < alone_rms and farthest < alone_farthest
    if count == 7:
        assert rms < 0.5 * alone_rms


def test_where_nothing_is_to_be_seen_and_in_equal_depths_the_sharpest_is_shown_as_it_is() -> None:
    rng = np.random.default_rng(2)
    empty = [np.clip(rng.normal(220, 2, (120, 160, 3)), 0, 255).astype(np.uint8) for _ in range(4)]
    np.testing.assert_array_equal(joined(lambda number: empty[number], 4, 2), empty[2])
    np.testing.assert_array_equal(joined(lambda _number: SHARP, 3, 0), SHARP)


@pytest.mark.parametrize("kind", ["OME", "ImageJ", "16 bits", "planes", "DICOM"])
def test_files_are_joined_where_that_is_wanted_and_say_so(kind: str, tmp_path: Path) -> None:
    layers = np.stack(tilted(SHARP, 5))
    path = tmp_path / "a.tif"
    if kind == "DICOM":
        path.write_bytes(dicom(layers.tobytes(), SHARP.shape, kind=SECONDARY_FRAMES, NumberOfFrames=5))
    elif kind == "planes":
        planes = np.ascontiguousarray(np.moveaxis(layers, -1, 1))
        tifffile.imwrite(path, planes, imagej=True, metadata={"axes": "ZCYX"}, photometric="minisblack")
    else:
        samples = layers.astype(np.uint16) * 257 if kind == "16 bits" else layers
        ome = kind != "ImageJ"
        tifffile.imwrite(path, samples, ome=ome, imagej=not ome, metadata={"axes": "ZYXS"}, photometric="rgb")
    assert pages_of(path).stacks == (0,)
    (plain,) = file_sources([path])
    assert not plain.name.endswith("&joined")
    (source,) = file_sources([path], join=True)
    assert source.name == f"{path}#page=1&joined"
    assert source_named(source.name) == source == PageSource(path, 0, True)
    frame = source.read()
    assert frame.origin.name == "a.tif#page=1&joined"
    assert off(frame.pixels)[1] <= 6 < off(plain.read().pixels)[1]
    np.testing.assert_array_equal(read_page(path, 0, join=True).pixels, frame.pixels)


def test_a_file_without_depths_is_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, SHARP, photometric="rgb")
    assert list(file_sources([path], join=True)) == [FileSource(path)]
