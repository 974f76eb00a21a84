"""Which files hold a model that OpenVINO reads by itself, and what is checked of them before it does. Stdlib only.

OpenVINO runs none of their operations to read them: it has a rule for each, or refuses. What is checked here is that
nothing outside the file is read and that nothing unpacks to far more than its size.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Literal

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.hdf5_check import MAX_BYTES, MAX_UNPACKED_RATIO
from leukoscope.inference.refused import damaged

Container = Literal["keras", "saved_model", "onnx", "tflite", "frozen"]

SAVED_MODEL = "saved_model.pb"
_NEEDED = re.compile(r"saved_model\.pb|variables/variables\.(index|data-\d{5}-of-\d{5})")
"""What of an exported folder is read; the rest (assets, fingerprint.pb) is not needed."""
_OUTSIDE = re.compile(rb"[\x08\x88]\x80*\x00?location[\x12\x0a]")
"""In ONNX, the word by which a tensor says in which other file its numbers are (a text of eight bytes)."""


def container_of(path: Path) -> Container | None:
    """What a file or folder holds by its content; ``None`` for a Keras file, and for anything else."""
    if path.is_dir():
        return "saved_model" if (path / SAVED_MODEL).is_file() else None
    if path.name == SAVED_MODEL:
        return "saved_model"
    if zipfile.is_zipfile(path):
        return "saved_model" if _folder_in(path) is not None else None
    with path.open("rb") as file:
        start = file.read(8)
    if start[4:8] == b"TFL3":
        return "tflite"
    if path.suffix.lower() == ".onnx" and start[:1] == b"\x08":
        return "onnx"
    return "frozen" if path.suffix.lower() == ".pb" and start[:1] == b"\x0a" else None


def _folder_in(path: Path) -> str | None:
    """Where in an archive an exported folder lies: ``""`` or ``folder/``."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if PurePosixPath(name).name == SAVED_MODEL:
                return name[: -len(SAVED_MODEL)]
    return None


def check_container(path: Path, container: Container) -> None:
    """Refuse what is too large, unpacks to too much, or takes its numbers from another file.

    Raises
    ------
    BundleError
        With one sentence.
    """
    if container == "saved_model":
        with _files(path) as files:
            total, packed = files.sizes()
            if total > min(MAX_BYTES, MAX_UNPACKED_RATIO * max(packed, 1_000_000)):
                raise BundleError(f"“{path.name}” unpacks to far more than its size; it is refused.", f"{total} bytes")
            for name in files.names:
                files.read(name)  # their checksums: damage is said here, not amid the import
        return
    if path.stat().st_size > MAX_BYTES:
        raise BundleError(f"The model file “{path.name}” is larger than 2 GB; that is more than this program loads.")
    if container == "onnx" and _OUTSIDE.search(path.read_bytes()):
        message = (
            f"“{path.name}” keeps its weights in another file; save it as one file, with onnx.save(model, 'name.onnx')."
        )
        raise BundleError(message, "external data")


def put_together(path: Path, container: Container, target: Path) -> None:
    """Copy a checked model into a bundle as one file; an exported folder becomes an archive."""
    if container != "saved_model":
        target.write_bytes(path.read_bytes())
        return
    with _files(path) as files, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as written:
        for name in files.names:
            written.writestr(zipfile.ZipInfo(name), files.read(name))


def unpacked(path: Path, folder: Path) -> Path:
    """Write the parts of an exported folder that are read into a folder of one's own; gives it."""
    with _files(path) as files:
        for name in files.names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(files.read(name))
    return folder


_DAMAGED = (zipfile.BadZipFile, RuntimeError, EOFError, NotImplementedError, OSError, ValueError, zlib.error)
"""What Python's reader of archives raises for damaged ones, as places before their beginning."""


class _Files:
    """The needed files of an exported folder, lying in a folder or in an archive."""

    def __init__(self, path: Path) -> None:
        self._root = path.parent if path.name == SAVED_MODEL else path
        self._archive = None if self._root.is_dir() else zipfile.ZipFile(path)
        self._prefix = "" if self._archive is None else (_folder_in(path) or "")
        self.names = [name for name in self._all() if _NEEDED.fullmatch(name)]
        self._path = path

    def __enter__(self) -> _Files:
        return self

    def __exit__(self, *_: object) -> None:
        if self._archive is not None:
            self._archive.close()

    def _all(self) -> list[str]:
        if self._archive is not None:
            inside = [name for name in self._archive.namelist() if name.startswith(self._prefix)]
            return list(dict.fromkeys(name[len(self._prefix) :] for name in inside))
        found = [self._root / SAVED_MODEL, *sorted((self._root / "variables").glob("*"))]
        for one in found:
            if one.is_symlink():
                message = f"“{self._root.name}” links to another file; it is refused."
                raise BundleError(message, f"symbolic link {one.name}")
        return [one.relative_to(self._root).as_posix() for one in found if one.is_file()]

    def sizes(self) -> tuple[int, int]:
        """Bytes of all needed files, and those of the archive that they lie in."""
        if self._archive is None:
            total = sum((self._root / name).stat().st_size for name in self.names)
            return total, total
        total = sum(self._archive.getinfo(self._prefix + name).file_size for name in self.names)
        return total, self._path.stat().st_size

    def read(self, name: str) -> bytes:
        """The bytes of one of them."""
        if self._archive is None:
            return (self._root / name).read_bytes()
        try:
            return self._archive.read(self._prefix + name)
        except _DAMAGED as error:
            raise damaged(self._path, repr(error)) from error


def _files(path: Path) -> _Files:
    try:
        return _Files(path)
    except (zipfile.BadZipFile, ValueError) as error:
        raise damaged(path, repr(error)) from error


def not_read(name: str, detail: str) -> BundleError:
    """What is said of a model of which OpenVINO cannot make a graph."""
    message = (
        f"“{name}” cannot be read: it is damaged, or uses an operation that this program has no rule for; copy it "
        "again, or build the model of Keras' own layers and save that."
    )
    return BundleError(message, detail[:2000], cause=Cause.NOT_UNDERSTOOD)
