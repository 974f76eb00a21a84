"""The key of an encrypted store: what is made of it, how bytes are encrypted with it, and how people write it down."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from leukoscope.domain.errors import Cause, StoreError

MAGIC = b"LEUKOSEALED1\0"
"""Begins encrypted bytes; then eight bytes that name the key, the nonce, and what AES-256-GCM makes."""
NAME_LENGTH, _NONCE, _KEY = 8, 12, 32
_CHECK = 3
"""Bytes of check behind a key that is written down: a mistyped one is noticed at once."""
_GROUP = 5
_ALIKE = str.maketrans({"0": "O", "1": "I", "8": "B"})
"""Digits that are no letters of base 32, and what a person meant who typed them."""
MISTYPED = "This is no recovery key; type all its groups as they were printed."
WRONG_KEY = "These cases are encrypted with another key; type the recovery key that was printed for them."


class Cipher:
    """Everything that the key of a store can do.

    Parameters
    ----------
    key
        32 random bytes.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY:
            raise ValueError("a key has 32 bytes")
        self.key = key

    @classmethod
    def new(cls) -> Cipher:
        """A new random key."""
        return cls(secrets.token_bytes(_KEY))

    @classmethod
    def recovered(cls, text: str) -> Cipher:
        """The key that a person types from the paper.

        Raises
        ------
        StoreError
            When it was mistyped.
        """
        letters = _letters(text)
        try:
            raw = base64.b32decode(letters + "=" * (-len(letters) % 8))
        except ValueError as error:
            raise StoreError(MISTYPED, "no base 32") from error
        key, check = raw[:_KEY], raw[_KEY:]
        if len(key) != _KEY or hashlib.sha256(key).digest()[:_CHECK] != check:
            raise StoreError(MISTYPED, "the check differs")
        return cls(key)

    @property
    def recovery_key(self) -> str:
        """The key as it is printed: 56 letters in groups."""
        raw = self.key + hashlib.sha256(self.key).digest()[:_CHECK]
        letters = base64.b32encode(raw).decode("ascii").rstrip("=")
        return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of the recovery key."""
        return tuple(self.recovery_key.split("-"))

    def has_group(self, number: int, typed: str) -> bool:
        """Whether a person typed this group of the recovery key, counted from 1."""
        return hmac.compare_digest(_letters(typed).encode(), self.groups[number - 1].encode())

    @cached_property
    def name(self) -> bytes:
        """Names the key without telling it."""
        return self._derived("name", NAME_LENGTH)

    @cached_property
    def database_key(self) -> str:
        """The key of SQLCipher, hexadecimal."""
        return self._derived("database", _KEY).hex()

    @cached_property
    def _gcm(self) -> AESGCM:
        return AESGCM(self._derived("files", _KEY))

    def _derived(self, purpose: str, length: int) -> bytes:
        info = f"LeukoScope {purpose}".encode("ascii")
        return HKDF(SHA256(), length, salt=None, info=info).derive(self.key)

    def encrypt(self, data: bytes, place: str) -> bytes:
        """Encrypt bytes; they can be opened only as what lies at the same ``place``."""
        nonce = os.urandom(_NONCE)
        return MAGIC + self.name + nonce + self._gcm.encrypt(nonce, data, place.encode("utf-8"))

    def decrypt(self, encrypted: bytes, place: str) -> bytes:
        """Decrypt what :meth:`encrypt` made.

        Raises
        ------
        StoreError
            When it was encrypted with another key, is damaged, or lies at another place than it was encrypted for.
        """
        head = len(MAGIC) + NAME_LENGTH
        if encrypted[len(MAGIC) : head] != self.name:
            raise StoreError(WRONG_KEY, f"encrypted with {encrypted[len(MAGIC) : head].hex()}")
        try:
            return self._gcm.decrypt(encrypted[head : head + _NONCE], encrypted[head + _NONCE :], place.encode("utf-8"))
        except (InvalidTag, ValueError) as error:
            message = "An encrypted file is damaged; restore a backup."
            raise StoreError(message, f"{place}: {type(error).__name__}", cause=Cause.BROKEN) from error


def _letters(text: str) -> str:
    """What a person typed of a recovery key, without what does not matter."""
    return "".join(text.upper().split()).replace("-", "").translate(_ALIKE)


def is_encrypted(data: bytes) -> bool:
    """Whether bytes begin as :meth:`Cipher.encrypt` makes them."""
    return data.startswith(MAGIC)
