"""The color profile of sRGB (IEC 61966-2-1), made from its definition: what the colors of a report mean."""

from __future__ import annotations

import struct
from functools import lru_cache

_SIZE_OF_HEAD, _STEPS = 128, 1024
_D50 = (0.9642, 1.0, 0.8249)
_PRIMARIES = {
    b"rXYZ": (0.4360747, 0.2225045, 0.0139322),
    b"gXYZ": (0.3850649, 0.7168786, 0.0971045),
    b"bXYZ": (0.1430804, 0.0606169, 0.7141733),
}
"""Red, green and blue of sRGB under D50, adapted after Bradford."""


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """An ICC profile, version 2.1, of a display with the colors of sRGB."""
    curve = struct.pack(">4s4xI", b"curv", _STEPS) + b"".join(
        struct.pack(">H", round(_linear(step / (_STEPS - 1)) * 65535)) for step in range(_STEPS)
    )
    name = b"sRGB IEC61966-2.1\0"
    described = struct.pack(">4s4xI", b"desc", len(name)) + name + bytes(4 + 4 + 2 + 1 + 67)
    tags = {
        b"desc": described,
        b"cprt": b"text" + bytes(4) + b"No rights reserved\0",
        b"wtpt": _xyz(_D50),
        **{tag: _xyz(color) for tag, color in _PRIMARIES.items()},
        b"rTRC": curve,
    }
    places: dict[bytes, tuple[int, int]] = {}
    # Three curves share one table.
    start = _SIZE_OF_HEAD + 4 + 12 * (len(tags) + 2)
    body = b""
    for tag, data in tags.items():
        places[tag] = (start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    places[b"gTRC"] = places[b"bTRC"] = places[b"rTRC"]
    table = struct.pack(">I", len(places)) + b"".join(struct.pack(">4sII", tag, *at) for tag, at in places.items())
    return _head(start + len(body)) + table + body


def _head(size: int) -> bytes:
    moment = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    light = b"".join(_fixed(part) for part in _D50)
    head = (
        struct.pack(">I4xI4s4s4s", size, 0x02100000, b"mntr", b"RGB ", b"XYZ ") + moment + b"acsp" + bytes(28) + light
    )
    return head + bytes(_SIZE_OF_HEAD - len(head))


def _xyz(color: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(_fixed(part) for part in color)


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
