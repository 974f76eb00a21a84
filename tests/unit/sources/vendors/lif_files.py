"""Leica LIF files that tests are made of: XML and blocks of memory."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tests.unit.sources.tiff_files import Samples
from tests.unit.sources.tiff_variants import GRAY_TWIN, TWIN, Variant
from tests.unit.sources.vendors.czi_files import deep

X, Y, Z, T, LAMBDA, TILES = 1, 2, 3, 4, 5, 10


@dataclass(frozen=True, eq=False)
class Image:
    """One image: samples (…, height, width[, 3]) with the kinds of the dimensions before the height."""

    samples: Samples
    before: tuple[int, ...] = ()
    name: str = "Image001"
    bits: int = 8
    tags: tuple[int, ...] = (1, 2, 3)
    in_planes: bool = False
    pad: int = 0
    um_per_px: float = 0.1
    attachments: str = ""
    luts: tuple[str, ...] = ("Red", "Green", "Blue")


def lif(images: Sequence[Image], version: int = 2) -> bytes:
    """A file of images."""
    elements, blocks = "", b""
    for number, image in enumerate(images):
        data, described = _laid(image)
        block = f"MemBlock_{number}"
        elements += (
            f'<Element Name="{image.name}" UniqueID="u{number}"><Data><Image><ImageDescription>{described}'
            f"</ImageDescription>{image.attachments}</Image></Data>"
            f'<Memory Size="{len(data)}" MemoryBlockID="{block}"/><Children/></Element>'
        )
        name = block.encode("utf-16-le")
        size = struct.pack("<BQ" if version == 2 else "<BI", 0x2A, len(data))
        head = size + struct.pack("<BI", 0x2A, len(block)) + name
        blocks += struct.pack("<II", 0x70, len(head)) + head + data
    xml = (
        f'<LMSDataContainerHeader Version="{version}"><Element Name="p.lif" UniqueID="r"><Data><Experiment/></Data>'
        f'<Memory Size="0" MemoryBlockID="MemBlock_r"/><Children>{elements}</Children></Element>'
        "</LMSDataContainerHeader>"
    )
    text = xml.encode("utf-16-le")
    return struct.pack("<IIBI", 0x70, len(text) + 5, 0x2A, len(text) // 2) + text + blocks


def _laid(image: Image) -> tuple[bytes, str]:
    """Bytes, and the XML of channels and dimensions."""
    samples = image.samples
    size = samples.dtype.itemsize
    colors = len(image.tags)
    together = colors > 1 and not image.in_planes
    *outer, height, width = samples.shape[: samples.ndim - (colors > 1)]
    if colors > 1 and image.in_planes:
        samples = np.moveaxis(samples, -1, -3)
    column = size * (colors if together else 1)
    row = column * width + image.pad
    flat = np.ascontiguousarray(samples).view(np.uint8)
    rows = flat.reshape(-1, height, row - image.pad)
    data = np.pad(rows, ((0, 0), (0, 0), (0, image.pad))).tobytes()
    apart = size if together else row * height
    channels = "".join(
        f'<ChannelDescription DataType="0" ChannelTag="{tag}" Resolution="{image.bits}" NameOfMeasuredQuantity="" '
        f'Min="0" Max="1" Unit="" LUTName="{lut}" IsLUTInverted="0" BytesInc="{k * apart}" BitInc="0"/>'
        for k, (tag, lut) in enumerate(zip(image.tags, image.luts, strict=False))
    )
    step, axes = row * height * (1 if together else colors), []
    for kind, count in reversed(list(zip(image.before, outer, strict=True))):
        axes.append((kind, count, step, 1e-6))
        step *= count
    side = image.um_per_px * 1e-6
    axes = [(X, width, column, side * (width - 1)), (Y, height, row, side * (height - 1)), *axes]
    dimensions = "".join(
        f'<DimensionDescription DimID="{kind}" NumberOfElements="{count}" Origin="0" Length="{length}" Unit="m" '
        f'BitInc="0" BytesInc="{inc}"/>'
        for kind, count, inc, length in axes
    )
    return data, f"<Channels>{channels}</Channels><Dimensions>{dimensions}</Dimensions>"


def written() -> Iterator[Variant]:
    """Version x depth x colors x planes x rows that are filled up."""
    for version in (1, 2):
        for bits in (8, 12, 16):
            color = TWIN if bits == 8 else deep(TWIN, bits)
            gray = np.ascontiguousarray(color[..., 0])
            for pad in (0, 6):
                for in_planes in (False, True):
                    image = Image(color, bits=bits, in_planes=in_planes, pad=pad)
                    name = f"color of {bits} bits, planes {in_planes}, {pad} bytes more, version {version}"
                    yield Variant(name, lif([image], version), TWIN)
                image = Image(gray, bits=bits, tags=(0,), luts=("Gray",), pad=pad)
                yield Variant(
                    f"gray of {bits} bits, {pad} bytes more, version {version}", lif([image], version), GRAY_TWIN
                )
    turned = Image(np.ascontiguousarray(TWIN[..., ::-1]), tags=(3, 2, 1), luts=("Blue", "Green", "Red"))
    yield Variant("blue first", lif([turned]), TWIN)
    dark = np.ascontiguousarray(deep(TWIN, 12) // 4)
    yield Variant("12 bits, dark", lif([Image(dark, bits=12)]), np.rint(dark / 4095 * 255).astype(np.uint8))
