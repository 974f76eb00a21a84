"""What an HDF5 file of weights may hold: numbers that lie in it. Looked at without reading any of them.

HDF5 takes the memory that a file asks for before it looks whether the file has so much: sizes are compared with the
file's own first.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.refused import damaged

MAX_BYTES = 2_000_000_000
MAX_UNPACKED_RATIO = 20
"""Weights hardly compress; a file that unpacks to 20 times its size is a trap."""
MAX_OBJECTS = 200_000
"""Groups and arrays in one file; a network of a thousand layers has a tenth of that with its optimizer."""
MAX_DEPTH = 64
NUMBERS = "fiub"
"""Kinds of NumPy's types that weights have."""
BFLOAT16 = np.dtype("V2")
"""Which NumPy has no word for: HDF5 keeps it as two bytes."""


def check_tree(tree: h5py.File, path: Path, file_bytes: int) -> None:
    """Refuse what reaches out of a file, leads back to itself, is no number, or unpacks to far more than the file.

    External and virtual storage read any file of the computer (CVE-2026-1669).

    Parameters
    ----------
    tree
        The open file.
    path
        The model, for the sentence.
    file_bytes
        Size of the HDF5 file.

    Raises
    ------
    BundleError
        With one sentence.
    """
    unpacked, seen = 0, {_place(tree)}
    most = min(MAX_BYTES, MAX_UNPACKED_RATIO * max(file_bytes, 1_000_000))
    for member in _members(tree, path):
        place = _place(member)
        if place in seen:
            message = f"“{path.name}” holds a part of itself twice; it is refused."
            raise BundleError(message, f"{member.name} is met again")
        seen.add(place)
        if len(seen) > MAX_OBJECTS:
            raise BundleError(f"“{path.name}” holds more parts than any network; it is refused.", f"{len(seen)} parts")
        if isinstance(member, h5py.Dataset):
            _check_array(member, path)
            unpacked += member.nbytes
            if unpacked > most:
                message = f"“{path.name}” unpacks to far more than its size; it is refused."
                raise BundleError(message, f"{unpacked} bytes at dataset {member.name}")


def _members(tree: h5py.Group, path: Path) -> Iterator[h5py.Group | h5py.Dataset]:
    stack: list[tuple[h5py.Group, int]] = [(tree, 0)]
    while stack:
        group, depth = stack.pop()
        if depth > MAX_DEPTH:
            message = f"“{path.name}” describes a network that is nested too deep; it is refused."
            raise BundleError(message, f"{depth} groups in each other", cause=Cause.NOT_UNDERSTOOD)
        for name in group:
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise BundleError(f"“{path.name}” links to another file; it is refused.", f"external link {name}")
            if not isinstance(link, h5py.HardLink):
                raise BundleError(f"“{path.name}” holds a link instead of weights; it is refused.", f"link {name}")
            member = group[name]
            if isinstance(member, h5py.Group):
                stack.append((member, depth + 1))
            if isinstance(member, h5py.Group | h5py.Dataset):
                yield member


def _place(member: h5py.Group | h5py.Dataset) -> int:
    return int(h5py.h5o.get_info(member.id).addr)


def _check_array(array: h5py.Dataset, path: Path) -> None:
    if array.external or array.is_virtual:
        raise BundleError(f"“{path.name}” takes weights from another file; it is refused.", f"dataset {array.name}")
    if array.dtype.kind not in NUMBERS and array.dtype != BFLOAT16:
        message = f"“{path.name}” holds something else than numbers among its weights; it is refused."
        raise BundleError(message, f"dataset {array.name} of {array.dtype}")


def text_attribute(tree: h5py.File, name: str, path: Path) -> str | None:
    """A text that an ``.h5`` file bears, where its declared length fits into the file; ``None`` without it.

    Raises
    ------
    BundleError
        When the file declares more than it holds.
    """
    if name not in tree.attrs:
        return None
    attribute = tree.attrs.get_id(name)
    size = path.stat().st_size
    lengths = [attribute.get_storage_size()]
    if attribute.get_type().get_class() == h5py.h5t.VLEN or _is_variable_text(attribute):
        lengths += _declared_lengths(path, name)
    if max(lengths) > size:
        raise damaged(path, f"attribute {name} of {max(lengths)} bytes in a file of {size}")
    value = tree.attrs[name]
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _is_variable_text(attribute: h5py.h5a.AttrID) -> bool:
    kind = attribute.get_type()
    return isinstance(kind, h5py.h5t.TypeStringID) and bool(kind.is_variable_str())


def _declared_lengths(path: Path, name: str) -> list[int]:
    """Lengths that a file gives for its attributes of a name whose values lie elsewhere in it.

    Such an attribute is a message of a fixed form (HDF5 File Format Specification 3.0, IV.A.2.m): version, sizes of
    name, type and space, these three, then the value's length in four bytes and its place. HDF5 gives no way to ask
    for the length without taking the memory.
    """
    word, found = name.encode() + b"\0", []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = data.find(word)
        while at >= 0:
            found += _length_at(data, at, len(word))
            at = data.find(word, at + 1)
    if not found:
        raise damaged(path, f"attribute {name} is not where HDF5 keeps such")
    return found


def _length_at(data: mmap.mmap, at: int, word: int) -> list[int]:
    """The length in an attribute's message whose name begins at a place; none where no such message stands there."""
    for header, versions in ((8, (1, 2)), (9, (3,))):
        start = at - header
        if start < 0 or data[start] not in versions:
            continue
        name_size, type_size, space_size = struct.unpack_from("<3H", data, start + 2)
        if name_size != word:
            continue
        step = 8 if data[start] == 1 else 1
        value = at + sum(-(-size // step) * step for size in (name_size, type_size, space_size))
        if value + 4 <= len(data):
            return [int(struct.unpack_from("<I", data, value)[0])]
    return []
