"""The same image twice among those judged together: it is said, and counted once unless a person wants it twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Frame
from leukoscope.sources.files import ImageListing
from leukoscope.sources.pages import Pages
from leukoscope.workflow.images import ImageSource


class Seen:
    """Remembers images by the bytes of their files and by their pixels; a few bytes for each."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def earlier(self, frame: Frame, name: str) -> str | None:
        """Name of an earlier image with the same bytes or the same pixels; ``None`` makes this one known."""
        return self.earlier_of(keys_of(frame), name)

    def earlier_of(self, keys: Sequence[str], name: str) -> str | None:
        """As :meth:`earlier`, by the :func:`keys_of` an image that was read before."""
        twin = next((self._first[key] for key in keys if key in self._first), None)
        if twin is not None and twin != name:
            return twin
        self._first.update(dict.fromkeys(keys, name))
        return None


def keys_of(frame: Frame) -> tuple[str, ...]:
    """What two images have in common that are the same: the hash of their file's bytes, or that of their pixels."""
    return tuple(key for key in (frame.sha256, pixel_hash(frame)) if key)


def copy_of(twin: str) -> str:
    """What is said of an image that is the same as an earlier one."""
    return f"This is the same image as “{twin}”, and is counted once."


def pixel_hash(frame: Frame) -> str:
    """What two files have in common that show exactly the same, in whatever format and under whatever name."""
    return hashlib.blake2b(
        np.ascontiguousarray(frame.pixels).data, digest_size=20, person=f"{frame.width}x{frame.height}".encode()[:16]
    ).hexdigest()


@dataclass(frozen=True, eq=False)
class OnceOnly:
    """An image that cannot be read when it was read before as another.

    Parameters
    ----------
    source
        The image.
    seen
        What came before it.
    copies
        Filled, by name, with the sentence for each copy.
    keys
        Filled, by name, with the :func:`keys_of` each image that is none.
    """

    source: ImageSource
    seen: Seen
    copies: dict[str, str]
    keys: dict[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.source.name

    def read(self) -> Frame:
        """Read the Frame; raises ImageError, for a copy too."""
        frame = self.source.read()
        keys = keys_of(frame)
        twin = self.seen.earlier_of(keys, self.name)
        if twin is None:
            self.keys[self.name] = keys
            return frame
        self.copies[self.name] = copy_of(twin)
        raise ImageError(self.copies[self.name])

    def image_bytes(self) -> bytes:
        """The file's bytes; raises ImageError when it has gone."""
        return self.source.image_bytes()


def left_out(listing: ImageListing, previews: Mapping[str, Pages], *, join: bool = False) -> Iterator[tuple[str, str]]:
    """Names and sentences of what was not taken for an image: in folders, and beside the images of a file.

    ``join`` says whether depths of focus were put together.
    """
    for folder, count in listing.left_out:
        yield folder, f"{count} images of previews, deleted files or earlier results in “{folder}” are left out."
    for name, pages in previews.items():
        file = PurePath(name).name
        if pages.left_out:
            yield name, f"{pages.left_out} smaller copies, labels or masks in “{file}” are left out."
        if pages.layers and join:
            yield (
                name,
                f"“{file}” shows fields at several depths of focus or times: the sharpest of each place is shown.",
            )
        elif pages.layers:
            yield (
                name,
                f"“{file}” shows fields at several depths of focus or times: the sharpest is read and counted once, "
                f"{pages.layers} others are left out.",
            )
