"""The image store: files named by the SHA-256 of what they hold, each kept once, checked whenever it is read."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from leukoscope.cases.cipher import MAGIC, Cipher, is_encrypted
from leukoscope.cases.unlocked_keys import cipher_of, opened
from leukoscope.domain.errors import StoreError
from leukoscope.system.durable import PRIVATE_FILE, make_private, open_private, put_in_place, sync_folder, sync_stream

IMAGE_FOLDER = "images"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class ImageStore:
    """Content-addressed files below one folder: ``ab/abcdef...``.

    Parameters
    ----------
    folder
        Made when missing, readable by this user only.
    cipher
        Encrypts what is new; left out, the store that the folder is in says whether and how. What is there says itself
        what it is.
    """

    def __init__(self, folder: Path, cipher: Cipher | None = None) -> None:
        self._folder, self._cipher = folder, cipher

    @property
    def cipher(self) -> Cipher | None:
        """What encrypts new images; ``None`` where they are kept in the clear. Raises StoreError."""
        return self._cipher or cipher_of(self._folder.parent)

    def path(self, sha256: str) -> Path:
        """Where the image with this hash lies or would lie."""
        if not _SHA256.fullmatch(sha256):
            raise StoreError("This image is not in the store; add it again.", f"no SHA-256: {sha256!r}")
        return self._folder / sha256[:2] / sha256

    def put(self, data: bytes) -> tuple[str, bool]:
        """Keep the bytes.

        Returns
        -------
        tuple
            Hex SHA-256, and whether the file is new (else it was there already).

        Raises
        ------
        StoreError
            When the disk is full or cannot be written; nothing is left behind.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path(sha256)
        cipher = self.cipher
        if self._holds(target, sha256):
            return sha256, False
        kept = data if cipher is None else cipher.encrypt(data, sha256)
        part = target.with_name(f"{sha256}.{secrets.token_hex(4)}.part")
        try:
            if not target.parent.is_dir():
                make_private(target.parent)
                sync_folder(self._folder)
            _write_through(part, kept)
            put_in_place(part, target)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            message = "The image cannot be saved; free some disk space or check the folder's permissions."
            raise StoreError(message, repr(error)) from error
        return sha256, True

    def read(self, sha256: str) -> bytes:
        """Read an image and verify it.

        Raises
        ------
        StoreError
            When it is missing or no longer what was saved.
        """
        path = self.path(sha256)
        try:
            data = path.read_bytes()
        except OSError as error:
            message = "A saved image is missing from the data folder; restore a backup or add the image again."
            raise StoreError(message, f"{sha256}: {error!r}") from error
        data = opened(data, sha256)
        if hashlib.sha256(data).hexdigest() != sha256:
            message = "A saved image is damaged on the disk; restore a backup or add the image again."
            raise StoreError(message, f"{sha256}: content does not match its name")
        return data

    def hashes(self) -> Iterator[str]:
        """Names of all images that are there."""
        for path in sorted(self._folder.glob("??/*")):
            if _SHA256.fullmatch(path.name):
                yield path.name

    def _holds(self, path: Path, sha256: str) -> bool:
        """Whether the file is there and sound: a damaged one is written anew."""
        if not path.is_file():
            return False
        try:
            self.read(sha256)
        except StoreError:
            return False
        return True

    def raw(self, sha256: str) -> bytes | None:
        """The bytes under a name as they lie there, encrypted ones too; ``None`` when there are none."""
        try:
            return self.path(sha256).read_bytes()
        except OSError:
            return None

    def put_anew(self, data: bytes) -> None:
        """Keep bytes in the place of damaged ones."""
        self.put(data)

    def strangers(self) -> Iterator[str]:
        """Files in the folder that are none of the images, as paths in it; those being written just now too."""
        if not self._folder.is_dir():
            return
        for path in sorted(one for one in self._folder.rglob("*") if one.is_file()):
            if not _SHA256.fullmatch(path.name) or path != self.path(path.name):
                yield path.relative_to(self._folder).as_posix()

    def move_stranger(self, name: str, aside: Path) -> None:
        """Take one of them out of the folder.

        Raises
        ------
        StoreError
            When it cannot be moved.
        """
        goal = aside / name.replace("/", "_")
        try:
            make_private(aside)
            shutil.move(self._folder / name, goal)
            goal.chmod(PRIVATE_FILE)
            sync_folder(aside)
        except OSError as error:
            raise StoreError("A file cannot be set aside; check the disk and its permissions.", repr(error)) from error

    def is_encrypted(self, sha256: str) -> bool:
        """Whether an image that is there is encrypted. Raises OSError."""
        with self.path(sha256).open("rb") as stream:
            return is_encrypted(stream.read(len(MAGIC)))

    def change_cipher(self, sha256: str, cipher: Cipher | None) -> bool:
        """Write one image anew, encrypted or without a cipher in the clear; whether there was anything to do.

        Raises
        ------
        StoreError
            When it cannot be read.
        OSError
            When it cannot be written; it is as it was then.
        """
        path = self.path(sha256)
        if self.is_encrypted(sha256) == (cipher is not None):
            return False
        data = self.read(sha256)
        part = path.with_name(f"{sha256}.{secrets.token_hex(4)}.part")
        try:
            _write_through(part, data if cipher is None else cipher.encrypt(data, sha256))
            put_in_place(part, path)
        finally:
            part.unlink(missing_ok=True)
        return True

    def discard(self, sha256: str) -> None:
        """Remove an image again whose rows could not be saved."""
        with suppress(OSError):
            self.path(sha256).unlink(missing_ok=True)


def _write_through(path: Path, data: bytes) -> None:
    with open_private(path) as stream:
        stream.write(data)
        sync_stream(stream)
