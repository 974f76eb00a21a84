"""One cell, cut out in other ways: the cell itself stays where it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leukoscope.domain.cells import Box, CellImage, View
from leukoscope.domain.cuts import PLAIN, Cut, Cutting
from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Frame
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.localize import localize
from leukoscope.imaging.views import view_of, with_views
from leukoscope.sources.demo import demo_cells


@pytest.fixture(scope="module")
def image(demo: Frame) -> CellImage:
    """A cell of the demo field, off its middle."""
    cells = localize(demo, View.FIELD)
    return cut_out(demo, min(cells, key=lambda cell: cell.box.x))


def test_the_surroundings_are_kept_and_the_cell_is_where_it_was(demo: Frame, image: CellImage) -> None:
    view = view_of(image, Cut(Cutting.KEPT, 450))
    assert view.extent == Box(0, 0, 450, 450) and view.pixels.shape == (450, 450, 3)
    inside = image.pixels.any(axis=2)
    assert np.abs(view.pixels[inside].astype(int) - image.pixels[inside]).max() <= 6
    assert view.pixels[~inside].mean() > 150, "light glass and red cells"


@pytest.mark.parametrize("how", [Cutting.BLACK, Cutting.KEPT, Cutting.MEAN])
@pytest.mark.parametrize("side", [320, 600])
def test_a_canvas_of_another_size_has_the_cell_in_its_middle(image: CellImage, how: Cutting, side: int) -> None:
    whole, view = view_of(image, Cut(how, 450)), view_of(image, Cut(how, side))
    assert view.pixels.shape == (side, side, 3)
    assert view.extent == Box((450 - side) // 2, (450 - side) // 2, side, side)
    middle = np.s_[side // 2 - 100 : side // 2 + 100, side // 2 - 100 : side // 2 + 100]
    off = np.abs(view.pixels[middle].astype(int) - whole.pixels[125:325, 125:325])
    # OpenCV rounds places to 1/32 of a pixel.
    assert off.max() <= (20 if how is Cutting.KEPT else 0) and off.mean() < 0.3


def test_the_mean_color_is_that_of_the_cell(image: CellImage) -> None:
    view = view_of(image, Cut(Cutting.MEAN, 500))
    inside = image.pixels.any(axis=2)
    mean = image.pixels[inside].mean(axis=0)
    np.testing.assert_allclose(view.pixels[0, 0], mean, atol=0.51)
    np.testing.assert_array_equal(view.pixels[25:475, 25:475][inside], image.pixels[inside])
    assert len(np.unique(view.pixels[25:475, 25:475][~inside], axis=0)) == 1


def test_a_whole_field_is_the_frame_and_its_place_that_of_the_cell(demo: Frame, image: CellImage) -> None:
    view = view_of(image, Cut(Cutting.WHOLE))
    assert view.pixels is demo.pixels
    left, top = image.to_frame(view.extent.x, view.extent.y)
    right, bottom = image.to_frame(view.extent.x + view.extent.width, view.extent.y + view.extent.height)
    np.testing.assert_allclose((left, top, right, bottom), (0, 0, demo.width, demo.height), atol=1.0)


def test_files_on_black_keep_their_own_pixels_in_every_way() -> None:
    (frame,) = demo_cells(1)
    image = cut_out(frame, localize(frame, View.CELL)[0])
    for cut in (Cut(Cutting.KEPT, 450), Cut(Cutting.WHOLE)):
        np.testing.assert_array_equal(view_of(image, cut).pixels, frame.pixels)


def test_only_what_is_asked_for_is_made(image: CellImage) -> None:
    assert with_views(image, {PLAIN}) is image
    wanted = {PLAIN, Cut(Cutting.KEPT, 500), Cut(Cutting.WHOLE)}
    assert set(with_views(image, wanted).views) == wanted - {PLAIN}


def test_without_its_frame_a_cell_has_no_surroundings(image: CellImage) -> None:
    alone = replace(image, frame=None)
    assert view_of(alone, Cut(Cutting.MEAN, 500)).pixels.shape == (500, 500, 3)
    with pytest.raises(ImageError, match="open the image again"):
        view_of(alone, Cut(Cutting.KEPT, 450))
