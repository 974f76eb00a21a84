"""TIFF: the images that a file holds, each decoded rightly or refused with its kind or fault named."""

from __future__ import annotations

import hashlib
import io
import logging
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from leukoscope.domain.frames import Pixels
from leukoscope.sources.color import orient, orientation_of, rgb_on_black
from leukoscope.sources.depth import bits_in_use, depth_of, to_8_bit
from leukoscope.sources.metadata import tiff_um_per_px
from leukoscope.sources.tiff_depth import declared_bits
from leukoscope.sources.tiff_kinds import kind_error, needs_samples, unknown_kind
from leukoscope.sources.tiff_layout import Plane, TiffImage, TiffLayout, layout_of
from leukoscope.sources.tiff_pillow import open_page
from leukoscope.sources.tiff_samples import page_samples

STARTS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
"""First four bytes of every TIFF."""
_WHITE_IS_ZERO, _RGB, _CMYK = 0, 2, 5
_ASSOCIATED, _UNASSOCIATED = 1, 2
_ORIENTATION, _PROFILE = 274, 34675
_FILES_REMEMBERED = 64
_depths: OrderedDict[bytes, int] = OrderedDict()
"""What the pages of a file came to, by the file's hash: each of its pages asks. Used under the decoders' lock."""

# What it logs about odd bytes is for its own developers; here it would come out on the terminal.
logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)


@contextmanager
def opened(data: bytes | BinaryIO) -> Iterator[Any]:
    """A ``tifffile.TiffFile`` that never looks at other files; of an opened file it reads what it is asked for."""
    import tifffile  # the window's start must not wait for it

    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    with tifffile.TiffFile(stream, name="image.tif", _multifile=False) as tif:
        yield tif


def layout(file: BinaryIO) -> TiffLayout:
    """Which images an opened file holds.

    Raises
    ------
    Exception
        Whatever damaged bytes make of it.
    """

    def read() -> bytes:
        file.seek(0)
        return file.read()

    with opened(file) as tif:
        return layout_of(tif, read)


def images_of(tif: Any, data: bytes) -> tuple[TiffImage, ...]:
    """The images of an opened file."""
    return layout_of(tif, lambda: data).images


def decode(tif: Any, image: TiffImage, data: bytes, name: str) -> tuple[Pixels, float | None]:
    """Decode one image: upright 8-bit sRGB pixels, and its scale where the file says it credibly.

    Raises
    ------
    ImageError
        With the kind named, when it is whole and not read.
    Exception
        Whatever damaged bytes make of it.
    """
    pages = [tif.pages[plane.page].aspage() for plane in image.planes]
    if image.fault:
        raise kind_error(name, image.fault)
    for page in pages:
        _check_whole(page, len(data))
        kind = unknown_kind(page)
        if kind:
            raise kind_error(name, kind)
    page = pages[0]
    scale = tiff_um_per_px(page, tif.pages[0].aspage())
    if len(pages) > 1 or image.planes[0].skip or needs_samples(page):
        return _from_samples(tif, image, page, data), scale
    try:
        with open_page(data, page.index) as opened_page:
            opened_page.load()
            profile = opened_page.info.get("icc_profile")
            return orient(rgb_on_black(_in_8_bit(opened_page), profile), orientation_of(opened_page)), scale
    except (UnidentifiedImageError, NotImplementedError) as error:
        raise kind_error(name, "an unusual layout of samples") from error


def _check_whole(page: Any, size: int) -> None:
    ends = [offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True)]
    if not ends or max(ends) > size:
        raise ValueError(f"samples up to byte {max(ends, default=0)} of {size}")


def _in_8_bit(image: Image.Image) -> Image.Image:
    """Packed 12-bit gray comes from Pillow with 16 bits."""
    if image.mode.startswith("I;"):
        return Image.fromarray(to_8_bit(np.asarray(image), 12))
    return image


def _from_samples(tif: Any, image: TiffImage, page: Any, data: bytes) -> Pixels:
    samples = _samples(tif, image, data)
    colors, alpha = _split(samples, page, in_planes=len(image.planes) > 1)
    bits = _depth(tif, page, colors, data)
    level = to_8_bit(colors, bits)
    if int(page.photometric) == _WHITE_IS_ZERO and len(image.planes) == 1:
        level = 255 - level
    mode = {1: "L", 3: "RGB", 4: "CMYK"}[level.shape[2]]
    if int(page.photometric) == _CMYK:
        level = to_8_bit(colors, 16)
    picture = Image.frombytes(mode, (level.shape[1], level.shape[0]), np.ascontiguousarray(level).tobytes())
    profile = page.tags.get(_PROFILE)
    pixels = rgb_on_black(picture, None if profile is None else bytes(profile.value))
    if alpha is not None:
        # Alpha always uses all bits, whatever the camera does.
        opacity = to_8_bit(alpha, 16).astype(np.uint16)[:, :, None]
        pixels = ((pixels * opacity + 127) // 255).astype(np.uint8)
    turned = page.tags.get(_ORIENTATION)
    return orient(pixels, int(turned.value) if turned is not None else 1)


def _samples(tif: Any, image: TiffImage, data: bytes) -> NDArray[np.generic]:
    planes = [_plane_samples(tif, plane, data) for plane in image.planes]
    return planes[0] if len(planes) == 1 else np.concatenate(planes, axis=2)


def _plane_samples(tif: Any, plane: Plane, data: bytes) -> NDArray[np.generic]:
    page = tif.pages[plane.page].aspage()
    if not plane.skip:
        return page_samples(page, data)
    kind = np.dtype(page.dtype).newbyteorder(tif.byteorder)
    count = int(np.prod(page.shape))
    start = page.dataoffsets[0] + plane.skip * count * kind.itemsize
    flat = np.frombuffer(data, kind, count, start)  # raises where the file ends before
    return flat.reshape(page.imagelength, page.imagewidth, -1).astype(kind.newbyteorder("="))


def _split(
    samples: NDArray[np.generic], page: Any, *, in_planes: bool
) -> tuple[NDArray[np.generic], NDArray[np.generic] | None]:
    """Colors, and alpha where it is not yet multiplied in; other extra samples are dropped."""
    count = samples.shape[2]
    if in_planes:
        return samples[:, :, :3], None
    colors = 4 if int(page.photometric) == _CMYK else 3 if int(page.photometric) == _RGB or count >= 3 else 1
    extra = [int(one) for one in page.extrasamples or ()]
    alpha = samples[:, :, colors] if count > colors and extra[:1] == [_UNASSOCIATED] else None
    return samples[:, :, :colors], alpha


def _depth(tif: Any, page: Any, colors: NDArray[np.generic], data: bytes) -> int:
    if colors.dtype == np.uint8:
        return 8
    declared = declared_bits(tif, page)
    own = depth_of(colors, declared)
    if declared is not None or len(tif.pages) == 1:
        return own
    return max(own, _depth_of_file(data))  # one camera took all pages: their brightest tells most


def _depth_of_file(data: bytes) -> int:
    key = hashlib.blake2b(data, digest_size=16).digest()
    if key not in _depths:
        _depths[key] = _deepest(data)
        while len(_depths) > _FILES_REMEMBERED:
            _depths.popitem(last=False)
    return _depths[key]


def _deepest(data: bytes) -> int:
    depth = 8
    with opened(data) as tif:
        for image in layout_of(tif, lambda: data).images:
            page = tif.pages[image.planes[0].page].aspage()
            if image.fault or unknown_kind(page) or page.bitspersample != 16:
                continue
            try:
                colors, _ = _split(_samples(tif, image, data), page, in_planes=len(image.planes) > 1)
            except Exception as error:  # noqa: BLE001 - a damaged page says nothing of the others
                logging.getLogger(__name__).info("a page says nothing of the depth: %r", error)
                continue
            depth = max(depth, bits_in_use(colors))
    return depth
