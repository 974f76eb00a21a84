"""Image files that come over a line as bytes: what is kept of them is what is kept of a file that is opened here."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from leukoscope.domain.cells import View
from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.waiting import Arrival, Scale
from leukoscope.sources.dicom_head import HEAD_BYTES, is_dicom
from leukoscope.sources.files import shown
from leukoscope.system.temporary_files import private_folder
from leukoscope.workflow.images import PageSource, file_sources
from leukoscope.workflow.reading import bytes_of

LONGEST_NAME = 200
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def sent_file(data: bytes, name: str, view: View, scale: Scale) -> list[Arrival]:
    """The images of a file; of one that may hold pages or a patient's header, each page as an image of its own.

    Parameters
    ----------
    data
        The whole file.
    name
        What the sender calls it.
    view, scale
        What it shows, and its scale.

    Raises
    ------
    ImageError
        When it is empty or, for TIFF and DICOM, cannot be read.
    """
    name = plain_name(name)
    if not data:
        raise ImageError(f"“{name}” is empty; send it again.")
    if data.startswith(_TIFF) or is_dicom(data[:HEAD_BYTES]):
        return _pages(data, name, view, scale)
    return [Arrival(name, data, FrameOrigin(OriginKind.FILE, name), view, scale)]


def _pages(data: bytes, name: str, view: View, scale: Scale) -> list[Arrival]:
    arrivals = []
    with private_folder() as folder:
        path = Path(folder) / name[-60:]
        path.write_bytes(data)
        for source in file_sources([path]):
            kept, origin, known = bytes_of(source, scale)
            page = f" {source.page + 1}" if isinstance(source, PageSource) else ""
            # Where it lay for a moment is nobody's business.
            said = FrameOrigin(
                OriginKind.FILE, name + page, taken_at=origin.taken_at, microscope=origin.microscope,
                stage=origin.stage, compression=origin.compression,
            )  # fmt: skip
            arrivals.append(Arrival(name + page, kept, said, view, known))
    if not arrivals:
        raise ImageError(f"“{name}” holds no image; send another file.")
    return arrivals


def plain_name(name: str) -> str:
    """A file's name without folders and without what cannot be printed; ``image`` where nothing is left."""
    last = PureWindowsPath(PurePosixPath(shown(name)).name).name
    kept = "".join(one for one in last if one.isprintable()).strip(" .")
    return kept[:LONGEST_NAME] or "image"
