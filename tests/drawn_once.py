"""The demo smear's fields and cells, drawn once for what draws them, and kept: a field takes half a second.

Both workers of a run and the next runs find them there. What draws them is tested by
``tests/unit/sources/test_demo.py`` on the real functions, :data:`draw_field` and :data:`draw_cell`.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import secrets
import shutil
import sys
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from leukoscope.domain import compression, frames, microscopes
from leukoscope.domain.frames import Frame
from leukoscope.sources import demo, smear
from leukoscope.sources.smear import Leukocyte
from tests.small_models import KEPT

draw_field, draw_cell = demo.demo_field, demo._demo_cell
MOST_FIELDS = 32
"""In memory, of four megabytes each."""
DRAWN_WITH = ("numpy", "opencv-python-headless")
MOST_KEPT = 2
"""Folders on the disk: of this program and of one that draws in another way."""

_fields: OrderedDict[tuple[Any, ...], tuple[Frame, tuple[Leukocyte, ...]]] = OrderedDict()


def install() -> None:
    """Let everybody in this process have them from here; before anybody imports them by name."""
    demo.demo_field, demo._demo_cell = _field, _cell


@cache
def _folder() -> Path:
    """Where they are kept: another for whatever could draw them in another way."""
    digest = hashlib.sha256(sys.version.encode())
    for name in DRAWN_WITH:
        digest.update(f"{name} {version(name)}\n".encode())
    for module in (demo, smear, frames, microscopes, compression):
        digest.update(Path(module.__file__).read_bytes())
    folder = KEPT / f"drawn-{digest.hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    for old in sorted(KEPT.glob("drawn-*/"), key=lambda one: one.stat().st_mtime)[:-MOST_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def _kept(said: object, draw: Callable[[], Frame]) -> Frame:
    """What was drawn before for the same words, or is drawn now."""
    file = _folder() / f"{hashlib.sha256(pickle.dumps(said)).hexdigest()[:32]}.frame"
    # A file appears whole; a computer that lost its power, or a run that just removed the folder, costs a drawing.
    with suppress(OSError, EOFError, pickle.UnpicklingError):
        frame = pickle.loads(file.read_bytes())
        assert isinstance(frame, Frame)
        return frame
    frame = draw()
    part = file.with_suffix(f".{secrets.token_hex(4)}.part")
    with suppress(OSError):
        part.write_bytes(pickle.dumps(frame, protocol=pickle.HIGHEST_PROTOCOL))
        part.replace(file)
    return frame


def _own(frame: Frame) -> Frame:
    """With pixels of its own: a test may paint on them."""
    return replace(frame, pixels=frame.pixels.copy())


def _field(
    seed: int = 1,
    width: int = 1280,
    height: int = 1024,
    leukocytes: int | None = None,
    kinds: Sequence[Leukocyte] = demo._WHITE_CELLS,
) -> Frame:
    kept = tuple(kinds)
    # A kind holds arrays and has no hash; it is kept, so that no other comes to its place in memory.
    key = (seed, width, height, leukocytes, tuple(map(id, kept)))
    drawn = _fields.get(key)
    if drawn is None:
        said = ("field", seed, width, height, leukocytes, kept)
        drawn = _fields[key] = _kept(said, lambda: draw_field(seed, width, height, leukocytes, kept)), kept
        if len(_fields) > MOST_FIELDS:
            _fields.popitem(last=False)
    return _own(drawn[0])


@cache
def _drawn_cell(seed: int, index: int) -> Frame:
    return _kept(("cell", seed, index), lambda: draw_cell(seed, index))


def _cell(seed: int, index: int) -> Frame:
    return _own(_drawn_cell(seed, index))
