"""Small whole files of microscope makers, to be damaged: each kind, compression and way to lay planes out once."""

from __future__ import annotations

import imagecodecs
import numpy as np

from tests.unit.sources.tiff_files import smear
from tests.unit.sources.vendors import lif_files
from tests.unit.sources.vendors.czi_files import Tile, by_hand, deep, described
from tests.unit.sources.vendors.lif_files import Image, lif
from tests.unit.sources.vendors.nd2_files import DEPTHS, POSITIONS, bgr, nd2


def small_files() -> list[bytes]:
    """Whole ones."""
    twin = smear(height=20, width=24)
    stack = np.stack([twin, twin // 2])
    xml = described("<Dimensions><Channels><Channel Name='Red'/></Channels></Dimensions>", bits=8)
    packed = {
        1: imagecodecs.jpeg8_encode(twin),
        2: imagecodecs.lzw_encode(bgr(twin).tobytes()),
        4: imagecodecs.jpegxr_encode(twin, level=90),
        5: imagecodecs.zstd_encode(bgr(twin).tobytes()),
        6: b"\x03\x01\x01" + imagecodecs.zstd_encode(bgr(twin).tobytes()),
    }
    czi = [by_hand([Tile(twin, {"S": s, "Z": z}) for s in (0, 1) for z in (0, 1)], xml, attachments=2)]
    czi += [by_hand([Tile(twin, compression=code, data=bytes(data))], xml) for code, data in packed.items()]
    czi.append(by_hand([Tile(deep(twin, 12)[..., k : k + 1], {"C": k}) for k in range(3)]))
    czi.append(by_hand([Tile(twin[:, :10]), Tile(twin[:, 12:], {"X": 12, "M": 1}), Tile(twin, size=(48, 40))], xml))
    return [
        *czi,
        nd2([bgr(twin)] * 4, loops=[(POSITIONS, 2), (DEPTHS, 2)]),
        nd2([deep(twin, 12)], bits=12, channels=("Red", "Green", "Blue"), lossless=True, pad=4),
        lif([Image(stack, (lif_files.Z,)), Image(deep(twin, 12), bits=12, in_planes=True)]),
        lif([Image(stack, (lif_files.TILES,), pad=4)], 1),
    ]
