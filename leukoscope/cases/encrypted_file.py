"""One encrypted file that is written from beginning to end and can be read anywhere: a backup with all images."""

from __future__ import annotations

import io
import os
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from leukoscope.cases.cipher import NAME_LENGTH, Cipher
from leukoscope.cases.unlocked_keys import cipher_for
from leukoscope.domain.errors import Cause, StoreError

BEGINNING = b"LEUKOBACKUP1\0"
"""Then eight bytes that name the key, a salt, and pieces: each is sealed with its number and whether it is the last."""
PIECE = 1 << 20
_SALT, _TAG = 16, 16
_HEAD = len(BEGINNING) + NAME_LENGTH + _SALT
_DAMAGED = "This backup is damaged; choose another."


class EncryptedWriter:
    """Encrypts what is written into a file; :meth:`finish` writes the last piece.

    Parameters
    ----------
    stream
        Open for writing, at its beginning.
    cipher
        The key; each file gets one of its own that is made of it.
    """

    def __init__(self, stream: IO[bytes], cipher: Cipher) -> None:
        salt = os.urandom(_SALT)
        self._stream, self._gcm, self._number = stream, _gcm(cipher, salt), 0
        self._waiting = bytearray()
        stream.write(BEGINNING + cipher.name + salt)

    def write(self, data: Any) -> int:
        """Take bytes; what fills a piece is written."""
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._put(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(data)

    def flush(self) -> None:
        """Nothing to do: a piece is written when it is full."""

    def finish(self) -> None:
        """Write what is left, as the last piece."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._stream.write(self._gcm.encrypt(_nonce(self._number), piece, _mark(last)))
        self._number += 1


class EncryptedReader(io.RawIOBase):
    """Decrypts a file piece by piece, wherever it is read.

    Parameters
    ----------
    stream
        Open for reading; what :class:`EncryptedWriter` wrote.

    Raises
    ------
    StoreError
        When its key is not at hand, or it does not end as it was written.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream = stream
        stream.seek(0)
        head = stream.read(_HEAD)
        start = len(BEGINNING) + NAME_LENGTH
        self._gcm = _gcm(cipher_for(head[len(BEGINNING) : start].hex()), head[start:])
        body = stream.seek(0, io.SEEK_END) - _HEAD
        self._pieces = max(1, -(-body // (PIECE + _TAG)))
        self._size = body - self._pieces * _TAG
        self._place, self._held = 0, (-1, b"")
        # A file that was cut off between two pieces has a last piece that does not say so.
        self._piece(self._pieces - 1)

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Where reading goes on."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go on reading elsewhere."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer up to the end of a piece."""
        if self._place >= self._size or not len(buffer):
            return 0
        number, within = divmod(self._place, PIECE)
        part = self._piece(number)[within : within + len(buffer)]
        buffer[: len(part)] = part
        self._place += len(part)
        return len(part)

    def _piece(self, number: int) -> bytes:
        if self._held[0] != number:
            self._stream.seek(_HEAD + number * (PIECE + _TAG))
            sealed = self._stream.read(PIECE + _TAG)
            try:
                piece = self._gcm.decrypt(_nonce(number), sealed, _mark(number == self._pieces - 1))
            except (InvalidTag, ValueError) as error:
                raise StoreError(_DAMAGED, f"piece {number}: {type(error).__name__}", cause=Cause.BROKEN) from error
            self._held = number, piece
        return self._held[1]


def _gcm(cipher: Cipher, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=salt, info=b"LeukoScope backup").derive(cipher.key))


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _mark(last: bool) -> bytes:
    return b"last" if last else b""
