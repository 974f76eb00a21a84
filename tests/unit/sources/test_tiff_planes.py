"""Color in three gray planes is one image; dyes and stacks are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from leukoscope.domain.errors import ImageError
from leukoscope.sources.decoding import decode_image
from leukoscope.sources.depth import to_8_bit
from leukoscope.sources.pages import pages_of, read_page
from leukoscope.sources.rgb_planes import rgb_order
from tests.unit.sources.tiff_files import Samples, file_of, smear


def planes_of(axes: str, samples: Samples) -> Samples:
    """The samples (height, width, 3) in another order of axes, single ones put in."""
    order = [{"Y": 0, "X": 1, "C": 2}[axis] for axis in axes if axis in "YXC"]
    moved = np.transpose(samples, order)
    for place, axis in enumerate(axes):
        if axis in "ZT":
            moved = np.expand_dims(moved, place)
    return np.ascontiguousarray(moved)


@pytest.mark.parametrize("kind", ["uint8", "uint16"])
@pytest.mark.parametrize("axes", ["CYX", "ZCYX", "CZYX", "TCYX", "TZCYX"])
@pytest.mark.parametrize("writer", ["ome", "imagej", "shaped"])
def test_three_gray_planes_are_one_color_image(axes: str, writer: str, kind: str) -> None:
    if writer == "imagej" and axes == "CZYX":
        axes = "ZCYX"  # the only order of ImageJ
    samples = smear(kind)
    options: dict[str, Any] = {"photometric": "minisblack", "metadata": {"axes": axes}}
    options |= {"ome": {"ome": True}, "imagej": {"imagej": True}, "shaped": {}}[writer]
    if writer == "imagej":
        options["metadata"]["mode"] = "composite"
    data = file_of(planes_of(axes, samples), **options)
    np.testing.assert_array_equal(decode_image(data, "a.tif").pixels, to_8_bit(samples, 16))


@pytest.mark.parametrize(("names", "order"), [(("Blue", "Green", "Red"), (2, 1, 0)), (("g", "r", "b"), (1, 0, 2))])
def test_planes_are_put_in_the_order_of_their_names(names: tuple[str, ...], order: tuple[int, ...]) -> None:
    samples = smear()
    shuffled = np.ascontiguousarray(np.moveaxis(samples[..., order], 2, 0)) if names[0] == "Blue" else None
    if shuffled is None:
        shuffled = np.stack([samples[..., 1], samples[..., 0], samples[..., 2]])
    data = file_of(shuffled, ome=True, photometric="minisblack", metadata={"axes": "CYX", "Channel": {"Name": names}})
    np.testing.assert_array_equal(decode_image(data, "a.tif").pixels, samples)


@pytest.mark.parametrize(
    ("names", "shape"), [(("DAPI", "FITC", "TRITC"), 3), (("Red", "Green"), 2), (("A", "B", "D", "E"), 4)]
)
def test_dyes_are_no_color_image(names: tuple[str, ...], shape: int) -> None:
    data = file_of(
        smear(channels=shape).transpose(2, 0, 1).copy(), ome=True, photometric="minisblack",
        metadata={"axes": "CYX", "Channel": {"Name": names}},
    )  # fmt: skip
    with pytest.raises(ImageError, match=f"{shape} gray channels: {', '.join(names)}") as caught:
        decode_image(data, "dyes.tif")
    assert "save it again as a plain RGB TIFF" in caught.value.message


def test_a_stack_of_color_in_planes_gives_an_image_for_each_layer(tmp_path: Path) -> None:
    path = tmp_path / "stack.ome.tif"
    layers = [smear(), smear()[::-1].copy()]
    stack = np.stack([layer.transpose(2, 0, 1) for layer in layers])
    tifffile.imwrite(path, stack, ome=True, photometric="minisblack", metadata={"axes": "ZCYX"})
    assert pages_of(path).numbers == (0, 3)
    for number, layer in zip((0, 3), layers, strict=True):
        np.testing.assert_array_equal(read_page(path, number).pixels, layer)


def test_colors_of_planes() -> None:
    red, green, blue, white = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
    assert rgb_order([], [], 3) == (0, 1, 2)
    assert rgb_order(["Channel 1", "ch2", "C3"], [None] * 3, 3) == (0, 1, 2)
    assert rgb_order([], [blue, green, red], 3) == (2, 1, 0)
    assert rgb_order(["", "", ""], [white] * 3, 3) == (0, 1, 2)
    assert rgb_order([], [red, green, (0, 255, 255)], 3) is None
    assert rgb_order(["Demo-Red", "Demo-Green", "Demo-Blue"], [], 3) == (0, 1, 2)
    assert rgb_order(["red", "green", "blue", "trans"], [], 4) == (0, 1, 2)
    assert rgb_order(["GFP", "RFP", "BF"], [], 3) is None
    assert rgb_order([], [], 4) is None
