"""What travels between the program that runs and its workers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leukoscope.domain.cells import View
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.imaging.scale import RedCells
from leukoscope.inference.library import InstalledBundle
from leukoscope.inference.manifest import MANIFEST_FILE
from leukoscope.sources.files import decode_frame, read_bytes, shown
from leukoscope.workflow.bundle_files import FILES
from leukoscope.workflow.images import FileSource, ImageSource, MemorySource, PageSource
from leukoscope.workflow.judged_image import JudgedImage


@dataclass(frozen=True)
class RunOrder:
    """What is the same for all images of a run.

    Parameters
    ----------
    models
        Name of each bundle, and the SHA-256 of its manifest, which names those of its files.
    profile
        SHA-256 of the site profile's file; empty for none.
    view, maps, palette
        As the run asks for them.
    red_cells
        What the images of the run say of the scale.
    with_keys
        Whether copies are looked for.
    """

    models: tuple[tuple[str, str], ...]
    profile: str
    view: View
    maps: bool
    palette: str
    red_cells: tuple[RedCells, ...]
    with_keys: bool


@dataclass(frozen=True)
class SentImage:
    """An image on its way to a worker, which need not see the folder that it lies in."""

    name: str
    data: bytes
    origin: FrameOrigin
    is_file: bool
    um_per_px: float | None = None

    @classmethod
    def of(cls, source: ImageSource) -> SentImage:
        """The bytes of a source; raises ImageError as it does."""
        if isinstance(source, FileSource):
            path = source.path
            origin = FrameOrigin(OriginKind.FILE, shown(path.name), path=shown(path.absolute()))
            return cls(source.name, read_bytes(source.path), origin, True)
        memory = source.as_png() if isinstance(source, PageSource) else source
        assert isinstance(memory, MemorySource), "fields of slides are judged where the slide is"
        return cls(source.name, memory.data, memory.origin, False, memory.um_per_px)

    def read(self) -> Frame:
        """The Frame that its source would have read; raises ImageError."""
        if self.is_file:
            return decode_frame(self.data, self.origin)
        return MemorySource(self.data, self.origin, self.um_per_px).read()

    def image_bytes(self) -> bytes:
        """Its bytes."""
        return self.data


@dataclass(frozen=True)
class WorkerAnswer:
    """What a worker found out about an image, or what it lacks for that.

    Parameters
    ----------
    image
        What was found out; ``None`` when something was lacking.
    maps
        Path of each map relative to the output folder, and its PNG.
    scaled
        Whether its scale follows from the other images.
    lacking
        Names of bundles that the worker has not, and ``profile``.
    worker
        Its address.
    """

    image: JudgedImage | None = None
    maps: tuple[tuple[str, bytes], ...] = ()
    scaled: bool = False
    lacking: tuple[str, ...] = ()
    worker: str = ""


PROFILE = "profile"
"""What a site profile is called among what is lacking: no bundle has this name and a profile's hash."""


def bundle_digest(bundle: InstalledBundle) -> str:
    """SHA-256 of a bundle's manifest as it lies on the disk; the manifest names those of its files."""
    return hashlib.sha256((bundle.path / MANIFEST_FILE).read_bytes()).hexdigest()


def bundle_content(folder: Path) -> dict[str, bytes]:
    """The files of a bundle, by name."""
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).is_file()}


def named(bundles: Sequence[InstalledBundle]) -> tuple[tuple[str, str], ...]:
    """Names and digests of bundles."""
    return tuple((bundle.manifest.name, bundle_digest(bundle)) for bundle in bundles)
