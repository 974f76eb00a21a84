"""Planes are not images: stacks of one field are counted once, slides are read at full size, labels never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile

from leukoscope.domain.errors import ImageError
from leukoscope.sources.decoding import decode_image
from leukoscope.sources.demo import demo_field
from leukoscope.sources.files import ImageListing
from leukoscope.sources.pages import Pages, pages_of, read_page
from leukoscope.workflow.duplicate_images import left_out
from leukoscope.workflow.images import FileSource, PageSource, file_sources
from tests.unit.sources.tiff_files import Samples


def field(seed: int = 1) -> Samples:
    return demo_field(seed, 320, 240).pixels


def stack(seed: int = 1, best: int = 2, count: int = 5) -> Samples:
    """A field at several depths of focus."""
    blurs = [abs(place - best) * 1.5 for place in range(count)]
    return np.stack([cv2.GaussianBlur(field(seed), (0, 0), blur) if blur else field(seed) for blur in blurs])


WRITERS: dict[str, dict[str, Any]] = {"OME": {"ome": True}, "ImageJ": {"imagej": True}, "shaped": {}}


def written(path: Path, samples: Samples, axes: str, writer: str, **options: Any) -> Path:
    gray = "S" not in axes
    tifffile.imwrite(
        path, np.ascontiguousarray(samples), photometric="minisblack" if gray else "rgb",
        metadata={"axes": axes}, **WRITERS[writer], **options,
    )  # fmt: skip
    return path


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("kind", ["uint8", "uint16"])
@pytest.mark.parametrize("axes", ["ZYXS", "TYXS", "ZCYX", "TCYX", "ZYX"])
def test_layers_of_one_field_are_one_image_the_sharpest(axes: str, kind: str, writer: str, tmp_path: Path) -> None:
    if writer == "ImageJ" and axes.endswith("S"):
        kind = "uint8"  # all that ImageJ has for RGB
    layers, right = stack(), field()
    if axes == "ZYX":
        layers, right = layers[..., 1], np.dstack([right[..., 1]] * 3)
    elif axes.endswith("CYX"):
        layers = np.moveaxis(layers, -1, 1)
    samples = layers if kind == "uint8" else layers.astype(np.uint16) * 257
    path = written(tmp_path / "a.tif", samples, axes, writer)
    assert pages_of(path) == Pages((0,), 0, 4)
    np.testing.assert_array_equal(decode_image(path.read_bytes(), "a.tif").pixels, right)
    np.testing.assert_array_equal(read_page(path, 0).pixels, right)


def test_times_and_depths_together_and_fields_beside_each_other(tmp_path: Path) -> None:
    both = np.stack([stack(1), stack(1)])
    assert pages_of(written(tmp_path / "one.tif", both, "TZYXS", "OME")) == Pages((0,), 0, 9)
    moved = np.stack([stack(1), stack(2, best=4)])
    path = written(tmp_path / "two.tif", moved, "TZYXS", "OME")
    assert pages_of(path) == Pages((0, 5), 0, 8)
    np.testing.assert_array_equal(read_page(path, 5).pixels, field(2))


@pytest.mark.parametrize("writer", ["OME", "ImageJ"])
def test_a_folder_that_imagej_calls_a_stack_is_a_folder(writer: str, tmp_path: Path) -> None:
    shade = 1 - 0.5 * np.hypot(*np.mgrid[-1:1:240j, -1:1:320j])[..., None] / np.sqrt(2)
    fields = np.stack([(field(seed) * shade).astype(np.uint8) for seed in (1, 2, 3)])
    assert pages_of(written(tmp_path / "a.tif", fields, "ZYXS", writer)) == Pages((0, 1, 2))


def test_what_is_left_out_of_a_stack_is_said(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tif", stack(), "ZYXS", "OME")
    found: dict[str, Pages] = {}
    assert list(file_sources([path], found)) == [FileSource(path)]
    ((name, sentence),) = left_out(ImageListing((path,), ()), found)
    assert name == str(path)
    assert "the sharpest is read and counted once, 4 others are left out" in sentence


def test_a_damaged_layer_is_damage(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tif", stack(), "ZYXS", "OME", compression="zlib")
    with tifffile.TiffFile(path) as tif:
        offset, count = tif.pages[3].dataoffsets[0], tif.pages[3].databytecounts[0]
    data = bytearray(path.read_bytes())
    data[offset : offset + count // 2] = bytes(count // 2)
    with pytest.raises(ImageError, match="damaged"):
        decode_image(bytes(data), "a.tif")


def test_a_pyramid_of_sub_pages_is_read_at_full_size(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as writer:
        writer.write(field(), photometric="rgb", subifds=2, tile=(64, 64), metadata={"axes": "YXS"})
        for step in (2, 4):
            writer.write(field()[::step, ::step].copy(), photometric="rgb", subfiletype=1, tile=(64, 64))
    assert pages_of(path).numbers == (0,)
    np.testing.assert_array_equal(decode_image(path.read_bytes(), "a").pixels, field())


def test_the_image_below_its_thumbnail_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(field()[::4, ::4].copy(), photometric="rgb", subfiletype=1, subifds=1, metadata=None)
        writer.write(field(), photometric="rgb", metadata=None, resolution=(1e5, 1e5), resolutionunit="CENTIMETER")
    assert pages_of(path).numbers == (0,)
    decoded = decode_image(path.read_bytes(), "a")
    np.testing.assert_array_equal(decoded.pixels, field())
    assert decoded.um_per_px == pytest.approx(0.1)


# Labels ------------------------------------------------------------------------------------------------------------


def with_label(path: Path, how: str) -> Path:
    label = np.full((60, 80, 3), 200, np.uint8)
    label[20:30, 10:70] = 0  # a name
    with tifffile.TiffWriter(path, ome=how == "OME") as writer:
        if how == "OME":
            says: dict[str, Any] = {"metadata": {"axes": "YXS", "Name": "label image"}}
            writer.write(label, photometric="rgb", **says)
            writer.write(
                field(), photometric="rgb",
                metadata={"axes": "YXS", "Name": "slide", "PhysicalSizeX": 0.1, "PhysicalSizeY": 0.1},
            )  # fmt: skip
        else:
            writer.write(field(), photometric="rgb", metadata=None, contiguous=False)
            marks = {"subfiletype": 9} if how == "macro" else {"description": "Scanner 7\r\nlabel 80x60"}
            writer.write(label, photometric="rgb", metadata=None, contiguous=False, **marks)
    return path


@pytest.mark.parametrize("how", ["OME", "macro", "description"])
def test_a_label_is_never_shown_and_never_kept(how: str, tmp_path: Path) -> None:
    path = with_label(tmp_path / "a.tif", how)
    number = 1 if how == "OME" else 0
    assert pages_of(path) == Pages((number,), 1, 0, private=True)
    np.testing.assert_array_equal(decode_image(path.read_bytes(), "a").pixels, field())
    (source,) = file_sources([path])
    assert source == PageSource(path, number)
    kept = source.image_bytes()
    assert kept.startswith(b"\x89PNG") and len(kept) < path.stat().st_size
    np.testing.assert_array_equal(decode_image(kept, "a.png").pixels, field())


def test_a_file_with_nothing_but_a_label_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, field(), photometric="rgb", ome=True, metadata={"axes": "YXS", "Name": "label"})
    with pytest.raises(ImageError, match="shows only the label or the overview of a slide; choose an image of"):
        decode_image(path.read_bytes(), "a")


def test_scale_and_depth_are_those_of_the_image_that_is_read(tmp_path: Path) -> None:
    path = with_label(tmp_path / "a.ome.tif", "OME")
    assert read_page(path, 1).um_per_px == pytest.approx(0.1)
    two = tmp_path / "two.ome.tif"
    with tifffile.TiffWriter(two, ome=True) as writer:
        for seed, bits, side in ((1, 12, 0.2), (2, 16, 0.1)):
            writer.write(
                field(seed).astype(np.uint16), photometric="rgb",
                metadata={"axes": "YXS", "SignificantBits": bits, "PhysicalSizeX": side, "PhysicalSizeY": side},
            )  # fmt: skip
    first, second = read_page(two, 0), read_page(two, 1)
    assert [first.um_per_px, second.um_per_px] == pytest.approx([0.2, 0.1])
    np.testing.assert_array_equal(first.pixels, (field(1) * (255 / 4095)).round())


def test_one_channel_of_a_color_image_in_several_files_is_no_gray_image(tmp_path: Path) -> None:
    path = tmp_path / "red.ome.tif"
    planes = "".join(
        f'<TiffData IFD="0" FirstC="{c}" PlaneCount="1"><UUID FileName="{c}.ome.tif">urn:uuid:{c}</UUID></TiffData>'
        for c in range(3)
    )
    xml = (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:0">'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="320" SizeY="240" '
        'SizeC="3" SizeZ="1" SizeT="1"><Channel ID="C:0"/><Channel ID="C:1"/><Channel ID="C:2"/>'
        f"{planes}</Pixels></Image></OME>"
    )
    tifffile.imwrite(path, field()[..., 0].copy(), photometric="minisblack", description=xml, metadata=None)
    with pytest.raises(ImageError, match="one gray channel of several files"):
        decode_image(path.read_bytes(), "red.ome.tif")


def test_xml_that_would_grow_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE OME [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        '<OME><Image Name="&b;"><Pixels PhysicalSizeX="0.1" PhysicalSizeY="0.1"/></Image></OME>'
    )
    tifffile.imwrite(path, field(), photometric="rgb", description=bomb, metadata=None)
    decoded = decode_image(path.read_bytes(), "a")
    np.testing.assert_array_equal(decoded.pixels, field())
    assert decoded.um_per_px is None
