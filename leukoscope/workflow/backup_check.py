"""What a backup must be before it is believed: a store of ours, whole, its trail sound, every image with its bytes."""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from leukoscope.cases import sqlite_files
from leukoscope.cases.database import DATABASE_FILE
from leukoscope.cases.images import IMAGE_FOLDER
from leukoscope.cases.referenced_images import needed_images
from leukoscope.cases.store import CaseStore
from leukoscope.cases.store_errors import store_errors
from leukoscope.cases.tables import CaseRow, FrameRow
from leukoscope.domain.errors import Cause, StoreError
from leukoscope.domain.parsing import parsed_json
from leukoscope.workflow.backup_models import by_model, parts_of
from leukoscope.workflow.bundle_files import MOST_BYTES

LIST_FILE = "sha256.json"
BROKEN = "This backup is damaged; choose another."
OTHER = "This file is no backup of LeukoScope; choose one that it made."
SQUEEZED_MOST = 100
"""So many times smaller a real database becomes at the very most; one that is squeezed more is made to fill a disk."""
SQUEEZE_MATTERS = 64 << 20
"""Bytes; smaller databases may be squeezed as far as they can."""
ROOM_LEFT = 64 << 20
"""Bytes that stay free on the disk."""
_LIST_LINE = 200
_PIECE = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_IMAGE = re.compile(rf"{IMAGE_FOLDER}/([0-9a-f]{{64}})")
NAMED = 3
"""So many damaged images are named in a sentence; the log names all."""


@dataclass(frozen=True)
class Tally:
    """What a store holds, as a person compares it.

    Parameters
    ----------
    cases, images
        Cases on the list; images in them.
    entries
        Of the audit trail.
    newest
        When a case was changed last; ``None`` without cases.
    """

    cases: int
    images: int
    entries: int
    newest: datetime | None


def tally(store: CaseStore) -> Tally:
    """Count what a store holds."""
    with store.database.reading() as session:
        listed = select(CaseRow.id).where(CaseRow.removed_at.is_(None))
        cases = session.scalar(select(func.count()).select_from(listed.subquery())) or 0
        shown = FrameRow.case_id.in_(listed), FrameRow.removed_at.is_(None)
        images = session.scalar(select(func.count()).select_from(FrameRow).where(*shown)) or 0
        newest = session.scalar(select(func.max(CaseRow.changed_at)))
    return Tally(cases, images, store.trail.head().count, newest)


@contextmanager
def damage_said() -> Iterator[None]:
    """Whatever a damaged or planted file makes its readers say, it is one sentence."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, EOFError, NotImplementedError,
            RuntimeError, zlib.error, zipfile.BadZipFile, zipfile.LargeZipFile) as error:  # fmt: skip
        raise StoreError(BROKEN, repr(error), cause=Cause.BROKEN) from error
    except OSError as error:
        message = "This backup cannot be read; check the disk that it is on."
        raise StoreError(message, repr(error), cause=Cause.UNREACHABLE) from error


def open_archive(archive: zipfile.ZipFile) -> dict[str, str]:
    """Check the table of contents of a zip, before anything of it is unpacked.

    Returns
    -------
    dict
        SHA-256 of every file that it must hold, by name.

    Raises
    ------
    StoreError
        When it holds anything else than a database, images and models, or unpacks to more than a backup can.
    """
    with damage_said():
        infos = {info.filename: info for info in archive.infolist()}
        if LIST_FILE not in infos:
            raise StoreError(OTHER, f"no {LIST_FILE}", cause=Cause.UNKNOWN_KIND)
        if len(infos) != len(archive.infolist()):
            raise ValueError("a name stands there twice")
        contents = infos.pop(LIST_FILE)
        if contents.file_size > _LIST_LINE * (len(infos) + 10):
            raise ValueError(f"a list of {contents.file_size} bytes for {len(infos)} files")
        sums: dict[str, str] = parsed_json(read_whole(archive, contents))["files"]
        if set(sums) != set(infos) or DATABASE_FILE not in sums:
            raise ValueError("the list does not name what is there")
        for name, info in infos.items():
            _plausible(name, info, sums[name])
        by_model(sums)
        return sums


def _plausible(name: str, info: zipfile.ZipInfo, expected: str) -> None:
    image, model = _IMAGE.fullmatch(name), parts_of(name)
    if name != DATABASE_FILE and image is None and model is None:
        raise ValueError("a name that no backup holds")
    if info.flag_bits & 1 or not _SHA256.fullmatch(expected) or (image is not None and image[1] != expected):
        raise ValueError(f"{name} is not as a backup writes it")
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG}:
        raise ValueError(f"{name} is a link or a folder")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ValueError(f"{name} is squeezed as no backup is")
    if name != DATABASE_FILE and info.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{name} is squeezed; only the database ever is")
    if model is not None and info.file_size > MOST_BYTES[model[1]]:
        raise ValueError(f"{name} is larger than it can be")
    if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
        raise ValueError(f"{name} has two sizes")
    if info.file_size > SQUEEZE_MATTERS and info.file_size > SQUEEZED_MOST * max(info.compress_size, 1):
        raise StoreError(
            f"This backup would unpack to {info.file_size >> 20} MB, which no backup of this size holds; "
            "it is damaged or planted. Choose another.",
            f"{info.compress_size} bytes",
        )


def pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of one file, never more than its table of contents says."""
    left = info.file_size
    with archive.open(info) as stream:
        while piece := stream.read(min(_PIECE, left + 1)):
            left -= len(piece)
            if left < 0:
                raise ValueError(f"{info.filename} is longer than it says")
            yield piece
    if left:
        raise ValueError(f"{info.filename} is shorter than it says")


def read_whole(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """All bytes of one file."""
    return b"".join(pieces(archive, info))


def is_as_listed(archive: zipfile.ZipFile, name: str, expected: str) -> bool:
    """Whether one file of a zip has the bytes that it must have."""
    digest = hashlib.sha256()
    try:
        for piece in pieces(archive, archive.getinfo(name)):
            digest.update(piece)
    except (ValueError, EOFError, zlib.error, zipfile.BadZipFile):
        return False
    return digest.hexdigest() == expected


def unpack_database(archive: zipfile.ZipFile, expected: str, target: Path) -> None:
    """Write the database of a zip into a file.

    Raises
    ------
    StoreError
        When its bytes are not those of the list, or it would not fit on the disk.
    """
    info = archive.getinfo(DATABASE_FILE)
    need_room(target.parent, info.file_size)
    digest = hashlib.sha256()
    with damage_said(), store_errors(), target.open("xb") as stream:
        target.chmod(0o600)
        for piece in pieces(archive, info):
            digest.update(piece)
            stream.write(piece)
        if digest.hexdigest() != expected:
            raise ValueError(f"{DATABASE_FILE} is not what the list says")


def need_room(folder: Path, size: int) -> None:
    """Refuse what would fill the disk.

    Raises
    ------
    StoreError
        When it would.
    """
    free = shutil.disk_usage(folder).free
    if size + ROOM_LEFT > free:
        short = (size + ROOM_LEFT - free + (1 << 20) - 1) >> 20
        raise StoreError(f"There is no room for this backup on the disk; free {short} MB, then try again.", f"{size}")


def refuse_foreign(file: Path) -> None:
    """Refuse a file that is no whole database of cases, before anything opens it as one.

    Raises
    ------
    StoreError
        When it is damaged, or not of LeukoScope.
    """
    try:
        with closing(sqlite_files.connect(file, read_only=True)) as connection:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
            names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            ours = {"alembic_version", "cases", "frames"} <= names
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone() if ours else None
    except sqlite_files.errors() as error:
        raise StoreError(BROKEN, repr(error), cause=Cause.BROKEN) from error
    if answer != "ok":
        raise StoreError(BROKEN, str(answer), cause=Cause.BROKEN)
    if revision is None:
        raise StoreError(OTHER, f"tables {sorted(names)[:20]}", cause=Cause.UNKNOWN_KIND)


def foreign_parts(store: CaseStore, fresh: CaseStore) -> list[str]:
    """What stands in a store's schema that does not belong there, or is missing: tables, columns, guards, triggers."""
    found, expected = _schema(store), _schema(fresh)
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


def _schema(store: CaseStore) -> dict[str, str]:
    """Each part with what makes it up; of tables their columns, since older versions wrote them in other words."""
    parts: dict[str, str] = {}
    with store.database.reading() as session:
        connection = session.connection()
        rows = connection.exec_driver_sql("SELECT type, name, coalesce(sql, '') FROM sqlite_master").all()
        for kind, name, sql in rows:
            if name.startswith("sqlite_"):
                continue
            parts[f"{kind} {name}"] = sql if kind in {"trigger", "view"} else ""
            if kind == "table":
                columns = connection.exec_driver_sql("SELECT name FROM pragma_table_info(?)", (name,)).scalars()
                parts[f"{kind} {name}"] = " ".join(sorted(columns))
    return parts


def trail_fault(store: CaseStore) -> str:
    """The first fault of a store's audit trail; empty when it is sound."""
    check = store.trail.verify()
    return "" if check.sound else check.faults[0].sentence


def missing_said(names: Collection[str]) -> str:
    """Which images are missing or damaged, as one sentence by their SHA-256; empty when none is."""
    if not names:
        return ""
    first = ", ".join(sorted(names)[:NAMED])
    count = "1 image is" if len(names) == 1 else f"{len(names)} images are"
    return f"{count} missing or damaged: SHA-256 {first}{' and more' if len(names) > NAMED else ''}."


def missing_images(store: CaseStore, is_there: Callable[[str], bool]) -> list[str]:
    """Of all images that a store's rows name, those that are not there with their bytes."""
    with store.database.reading() as session:
        wanted = needed_images(session)
    return [name for name in sorted(wanted) if not is_there(name)]
