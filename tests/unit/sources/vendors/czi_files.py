"""Zeiss CZI files that tests are made of: by Zeiss's own library, and by hand where it does not write a kind."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from pylibCZIrw import czi

from tests.unit.sources.tiff_files import Samples
from tests.unit.sources.tiff_variants import BLOCKS, GRAY_TWIN, TWIN, Variant

TYPES = {("uint8", 1): 0, ("uint16", 1): 1, ("float32", 1): 2, ("uint8", 3): 3, ("uint16", 3): 4}
OPTIONS = {
    "nothing": "uncompressed:",
    "Zstandard": "zstd0:ExplicitLevel=3",
    "Zstandard 1": "zstd1:ExplicitLevel=3",
    "Zstandard 1, bytes apart": "zstd1:ExplicitLevel=3;PreProcess=HiLoByteUnpack",
}


def by_zeiss(
    tiles: list[tuple[Samples, tuple[int, int], dict[str, int], int]],
    path: Path,
    compression: str = "uncompressed:",
    names: dict[int, str] | None = None,
    um_per_px: float = 0.0,
) -> bytes:
    """Tiles (samples with red first, place, plane, scene) as Zeiss's library writes them."""
    with czi.create_czi(str(path), exist_ok=True, compression_options=compression) as writer:
        for samples, place, plane, scene in tiles:
            laid = samples[..., ::-1] if samples.ndim == 3 and samples.shape[2] == 3 else samples
            # Their interface takes arrays of three dimensions that lie together.
            assert writer.write(np.ascontiguousarray(np.atleast_3d(laid)), place, plane, scene=scene)
        side = um_per_px / 1e6
        writer.write_metadata("test", channel_names=names, scale_x=side, scale_y=side, scale_z=side)
    return path.read_bytes()


@dataclass(frozen=True, eq=False)
class Tile:
    """One piece; ``size`` is what it covers where it is of a smaller level."""

    samples: Samples
    first: dict[str, int] = field(default_factory=dict)
    compression: int = 0
    data: bytes | None = None
    size: tuple[int, int] | None = None
    pixel_type: int | None = None


def by_hand(tiles: list[Tile], xml: str = "", attachments: int = 0) -> bytes:
    """A file of pieces."""
    head = 32 + 512
    body, entries = b"", []
    for tile in tiles:
        entry = _entry(tile, head + len(body))
        data = _raw(tile.samples) if tile.data is None else tile.data
        block = struct.pack("<IIQ", 0, 0, len(data)) + entry
        body += _segment(b"ZISRAWSUBBLOCK", block.ljust(256, b"\0") + data)
        entries.append(entry)
    listed = struct.pack("<I", len(entries)).ljust(128, b"\0") + b"".join(entries)
    directory = head + len(body)
    body += _segment(b"ZISRAWDIRECTORY", listed)
    metadata = head + len(body)
    said = xml.encode()
    body += _segment(b"ZISRAWMETADATA", struct.pack("<II", len(said), 0).ljust(256, b"\0") + said)
    beside = head + len(body)
    body += _segment(b"ZISRAWATTDIR", struct.pack("<I", attachments).ljust(256, b"\0"))
    first = struct.pack("<IIQ16s16sIQQIQ", 1, 0, 0, b"1" * 16, b"1" * 16, 0, directory, metadata, 0, beside)
    return _segment(b"ZISRAWFILE", first.ljust(512, b"\0")) + body


def _segment(name: bytes, data: bytes) -> bytes:
    return struct.pack("<16sQQ", name, len(data), len(data)) + data


def _raw(samples: Samples) -> bytes:
    return (samples[..., ::-1] if samples.shape[2] == 3 else samples).tobytes()


def _entry(tile: Tile, place: int) -> bytes:
    height, width, count = tile.samples.shape
    kind = TYPES[samples_kind(tile.samples), count] if tile.pixel_type is None else tile.pixel_type
    size = tile.size or (width, height)
    first = {"X": 0, "Y": 0, "C": 0, **tile.first}
    dimensions = b""
    for letter, start in first.items():
        covered, stored = {"X": (size[0], width), "Y": (size[1], height)}.get(letter, (1, 1))
        dimensions += struct.pack("<4siifI", letter.encode(), start, covered, float(start), stored)
    return struct.pack("<2sIQIIBBII", b"DV", kind, place, 0, tile.compression, 0, 0, 0, len(first)) + dimensions


def samples_kind(samples: Samples) -> str:
    return str(samples.dtype.newbyteorder("="))


def described(inside: str = "", scaling: float | None = 1e-7, bits: int | None = None, more: str = "") -> str:
    """The XML of a file."""
    depth = f"<ComponentBitCount>{bits}</ComponentBitCount>" if bits else ""
    items = "".join(f'<Distance Id="{axis}"><Value>{scaling}</Value></Distance>' for axis in "XY") if scaling else ""
    return (
        f"<ImageDocument><Metadata><Information><Image>{depth}{inside}</Image>{more}</Information>"
        f"<Scaling><Items>{items}</Items></Scaling></Metadata></ImageDocument>"
    )


def deep(twin: Samples, bits: int) -> Samples:
    """The same picture with so many bits."""
    return np.asarray((twin.astype(np.float64) * (2**bits - 1) / 255).round().astype(np.uint16))


def written_by_zeiss(folder: Path) -> Iterator[Variant]:
    """Compression x depth x colors x tiles."""
    halves: dict[str, Callable[[Samples], Any]] = {
        "one piece": lambda one: [(one, (-7, 11), {"C": 0, "Z": 0, "T": 0}, 0)],
        "tiles": lambda one: [
            (one[top : top + 20, left : left + 30], (left - 7, top + 11), {"C": 0, "Z": 0, "T": 0}, 0)
            for top in range(0, one.shape[0], 20)
            for left in range(0, one.shape[1], 30)
        ],
    }
    for (compression, option), (layout, cut) in ((c, h) for c in OPTIONS.items() for h in halves.items()):
        for colors, twin in (("color", TWIN), ("gray", GRAY_TWIN)):
            for bits in (8, 16):
                samples = twin if bits == 8 else deep(twin, 16)
                samples = samples if colors == "color" else samples[..., :1]
                data = by_zeiss(cut(samples), folder / "a.czi", option)
                yield Variant(f"{colors} of {bits} bits, {compression}, {layout}", data, twin)


def written_by_hand() -> Iterator[Variant]:
    """Compressions that Zeiss's library does not write, depths that are declared, and planes."""
    for bits in (10, 12, 14, 16):
        for colors, twin in (("color", TWIN), ("gray", GRAY_TWIN)):
            samples = deep(twin, bits) if colors == "color" else deep(twin, bits)[..., :1]
            yield Variant(f"{colors}, {bits} bits declared", by_hand([Tile(samples)], described(bits=bits)), twin)
            yield Variant(f"{colors}, {bits} bits that nobody declares", by_hand([Tile(samples)], ""), twin)
            dark = np.asarray(samples // 4)
            right = (twin // 4 if bits == 8 else np.rint(dark / (2**bits - 1) * 255)).astype(np.uint8)
            right = right if colors == "color" else np.dstack([right[..., 0]] * 3)
            yield Variant(f"{colors}, {bits} bits declared, dark", by_hand([Tile(dark)], described(bits=bits)), right)
    packed = bytes(imagecodecs.jpegxr_encode(TWIN, level=100))
    yield Variant("JPEG XR", by_hand([Tile(TWIN, compression=4, data=packed)]), TWIN)
    packed = bytes(imagecodecs.jpegxr_encode(deep(TWIN, 16), level=100))
    yield Variant("JPEG XR of 16 bits", by_hand([Tile(deep(TWIN, 16), compression=4, data=packed)]), TWIN)
    packed = bytes(imagecodecs.jpegxr_encode(np.ascontiguousarray(GRAY_TWIN[..., 0]), level=100))
    yield Variant("gray JPEG XR", by_hand([Tile(GRAY_TWIN[..., :1], compression=4, data=packed)]), GRAY_TWIN)
    packed = bytes(imagecodecs.jpeg8_encode(BLOCKS, level=98, subsampling="444"))
    yield Variant("JPEG", by_hand([Tile(BLOCKS, compression=1, data=packed)]), BLOCKS, 3)
    packed = bytes(imagecodecs.lzw_encode(_raw(TWIN)))
    yield Variant("LZW", by_hand([Tile(TWIN, compression=2, data=packed)]), TWIN)
    planes = [Tile(TWIN[..., k : k + 1], {"C": k}) for k in range(3)]
    for words in (("Red", "Green", "Blue"), ("", "", "")):
        names = "".join(f'<Channel Id="Channel:{k}" Name="{name}"/>' for k, name in enumerate(words))
        xml = described(f"<Dimensions><Channels>{names}</Channels></Dimensions>")
        yield Variant(f"planes called {words}", by_hand(planes, xml), TWIN)
    turned = [Tile(TWIN[..., 2 - k : 3 - k], {"C": k}) for k in range(3)]
    colors_said = ("#FF0000FF", "#FF00FF00", "#FFFF0000")
    said = "".join(f'<Channel Id="Channel:{k}"><Color>{one}</Color></Channel>' for k, one in enumerate(colors_said))
    xml = described(f"<Dimensions><Channels>{said}</Channels></Dimensions>")
    yield Variant("planes by their colors", by_hand(turned, xml), TWIN)
    gap = np.array(TWIN)
    gap[:, 20:30] = 255
    yield Variant("a gap is glass", by_hand([Tile(TWIN[:, :20]), Tile(TWIN[:, 30:], {"X": 30, "M": 1})]), gap)
    over = [Tile(np.zeros_like(TWIN), {"M": 0}), Tile(TWIN, {"M": 1})]
    yield Variant("the later tile lies above", by_hand(over[::-1]), TWIN)
