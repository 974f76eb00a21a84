"""The images of a microscope maker's file by the rules of OME-TIFF: planes of one field are one image."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Pixels
from leukoscope.sources.color import to_srgb
from leukoscope.sources.depth import full_scale, scaled
from leukoscope.sources.focus_stack import MOST_JOINED, joined
from leukoscope.sources.sharpest import sharpest, sharpness
from leukoscope.sources.tiff_copies import compared, one_field
from leukoscope.sources.vendors.port import MOST_PLANES, VendorFile, VendorKindError

logger = logging.getLogger(__name__)

_MOST_ASKED = 256
"""So many planes are asked at most what the brightest of them is."""
Place = tuple[int, int]
"""Number of the time, and of the depth."""


@dataclass(frozen=True)
class Field:
    """One field of a file.

    Parameters
    ----------
    number
        What stands for it in a name, from 0: that of its first plane.
    image
        Number of the image that it is of.
    layers
        Its planes at all depths and times.
    """

    number: int
    image: int
    layers: tuple[Place, ...]


def fields_of(file: VendorFile, most_pixels: int) -> Iterator[Field]:
    """All fields; images of more pixels are not looked into.

    Raises
    ------
    ValueError
        When there are too many planes.
    """
    start = 0
    if sum(image.planes for image in file.images) > MOST_PLANES:
        raise ValueError("too many planes")
    for number, image in enumerate(file.images):
        yield from _fields_in(file, number, start, most_pixels)
        start += image.planes


def field_numbered(file: VendorFile, number: int, most_pixels: int) -> Field:
    """The field with a number; other images are not looked into.

    Raises
    ------
    ValueError
        When there is none.
    """
    start = 0
    for place, image in enumerate(file.images):
        if start <= number < start + image.planes:
            found = _fields_in(file, place, start, most_pixels)
            return next(field for field in found if number == field.number)
        start += image.planes
    raise ValueError(f"no image {number}")


def _fields_in(file: VendorFile, number: int, start: int, most_pixels: int) -> Iterator[Field]:
    image = file.images[number]
    rows = [[(time, depth) for depth in range(image.depths)] for time in range(image.times)]
    every = [place for row in rows for place in row]
    unseen = bool(image.fault) or image.width * image.height > most_pixels
    whole = not unseen and _one_field(file, number, every)
    for row in [every] if whole else rows:
        if whole or (not unseen and len(rows) > 1 and _one_field(file, number, row)):
            yield Field(_number(start, row[0], image.depths), number, tuple(row))
        else:
            yield from (Field(_number(start, place, image.depths), number, (place,)) for place in row)


def _number(start: int, place: Place, depths: int) -> int:
    return start + place[0] * depths + place[1]


def _one_field(file: VendorFile, number: int, places: Sequence[Place]) -> bool:
    if len(places) < 2:
        return False
    return one_field(_readable(file, number, [places[one] for one in compared(len(places))]))


def _readable(file: VendorFile, number: int, places: Sequence[Place]) -> Iterator[NDArray[np.generic]]:
    """Planes to be compared; of one that cannot be read the decoding of its field will tell."""
    green = _green(file, number)
    for place in places:
        try:
            yield file.plane(number, *place, green)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - damaged bytes can make a decoder raise anything
            logger.info("a plane could not be compared: %r", error)


def _green(file: VendorFile, number: int) -> int:
    order = file.images[number].order
    return order[len(order) // 2]


def decoded(file: VendorFile, field: Field, *, join: bool = False) -> Pixels:
    """A field, the sharpest of its layers: shape (height, width, 3), uint8, sRGB.

    Where they are to be joined, it is the sharpest at each place.

    Raises
    ------
    VendorKindError, NoRangeError
        When it is whole and of a kind that is not read.
    Exception
        Whatever damaged bytes make of it.
    """
    image = file.images[field.image]
    if image.fault:
        raise VendorKindError(image.fault)
    main = 0
    if len(field.layers) > 1:
        green = _green(file, field.image)
        main = sharpest([sharpness(file.plane(field.image, *place, green)) for place in field.layers])
    white = _white(file, field, _samples(file, field.image, field.layers[main]))

    def layer(number: int) -> Pixels:
        level = scaled(_samples(file, field.image, field.layers[number]), 0.0, white)
        return to_srgb(np.ascontiguousarray(level), "RGB" if level.shape[2] == 3 else "L", None)

    if join and 1 < len(field.layers) <= MOST_JOINED:
        return joined(layer, len(field.layers), main)
    return layer(main)


def _samples(file: VendorFile, number: int, place: Place) -> NDArray[np.generic]:
    image = file.images[number]
    planes = [file.plane(number, *place, channel) for channel in image.order]
    samples = planes[0] if len(planes) == 1 else np.concatenate([plane[..., :1] for plane in planes], axis=2)
    if samples.shape[:2] != (image.height, image.width):
        raise ValueError(f"{samples.shape} in an image of {image.width}x{image.height}")
    return samples


def _white(file: VendorFile, field: Field, samples: NDArray[np.generic]) -> float:
    """The level that is white: what the file declares, else what holds all of its planes: one camera took them."""
    bits = file.images[field.image].bits
    white = full_scale(samples, bits)
    if samples.dtype == np.uint8 or (bits is not None and white == math.ldexp(1, bits) - 1):
        return white
    places = [(number, (0, 0)) for number, image in enumerate(file.images) if not image.fault]
    if len(places) > _MOST_ASKED:
        return white
    return max([white, *(full_scale(_samples(file, number, place), bits) for number, place in places)])
