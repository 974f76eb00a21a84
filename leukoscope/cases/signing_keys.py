"""The key by which this installation signs its entries of the audit trail, and where it is kept."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from leukoscope.domain.errors import Cause, StoreError, sentence_of
from leukoscope.domain.parsing import parsed_json
from leukoscope.system.durable import write_private

logger = logging.getLogger(__name__)

KEY_FILE = "signing-key.json"
SERVICE = "LeukoScope audit trail"
"""Name of the entry in the system's keyring."""
_PURPOSE = b"LeukoScope audit trail\n"
"""Begins everything that is signed: a signature for the trail is none for anything else."""
OUT_OF_REACH = (
    "The key that signs the audit trail is in the system’s keyring, which cannot be reached from here; "
    "sign in to the desktop and unlock the keyring, or move the key into a file: leukoscope audit key --keep-in file."
)

DAMAGED = "The file of the key that signs the audit trail cannot be read; put {0} back from a backup."


class SigningKey:
    """An ed25519 key (RFC 8032)."""

    def __init__(self, private: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private)
        self.private = private
        self.public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    @classmethod
    def new(cls) -> SigningKey:
        """A new random key."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    def sign(self, text: str) -> str:
        """Signature of a text, hexadecimal."""
        return self._key.sign(_PURPOSE + text.encode("utf-8")).hex()


def is_signed(public: str, text: str, signature: str) -> bool:
    """Whether a text was signed by the key."""
    try:
        _public(public).verify(bytes.fromhex(signature), _PURPOSE + text.encode("utf-8"))
    except (InvalidSignature, ValueError):
        return False
    return True


@cache
def _public(public: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))


def short_key(public: str) -> str:
    """A key as people compare it: its first eight bytes."""
    return public[:16]


class Keys(Protocol):
    """Where the key of this installation is kept."""

    @property
    def public(self) -> str:
        """The public key; made with the private one when there is none yet."""
        ...

    def key(self) -> SigningKey:
        """The key itself.

        Raises
        ------
        StoreError
            When it is out of reach just now.
        """
        ...

    def has_joined(self, place: str) -> bool:
        """Whether the key has signed entries of a store."""
        ...

    def join(self, place: str) -> None:
        """Remember that it has."""
        ...


@dataclass(frozen=True)
class _Record:
    """What the file says; ``private`` is empty where the system's keyring has the key."""

    public: str
    private: str = ""
    joined: tuple[str, ...] = ()


class Vault(Protocol):
    """Keeps a secret text under a name: what the system's keyring does."""

    def get(self, name: str) -> str | None:
        """The secret; ``None`` when it is not there, or cannot be reached."""
        ...

    def put(self, name: str, secret: str) -> bool:
        """Keep it; False when it could not be kept, which reading it back shows."""
        ...

    def drop(self, name: str) -> None:
        """Forget it."""
        ...


class KeptKeys:
    """A key whose record lies in a file of this user (0600); the private part in a vault where one is given and works.

    Parameters
    ----------
    folder
        Of the record.
    vault
        The system's keyring; ``None`` keeps the private part in the file.
    """

    def __init__(self, folder: Path, vault: Vault | None = None) -> None:
        self._file, self._vault = folder / KEY_FILE, vault
        self._key: SigningKey | None = None
        self._record: _Record | None = None

    @property
    def public(self) -> str:
        """The public key."""
        return self._kept().public

    @property
    def is_in_vault(self) -> bool:
        """Whether the system's keyring has the private part."""
        return not self._kept().private

    def key(self) -> SigningKey:
        """The key itself; raises StoreError when it is out of reach."""
        if self._key is None:
            record = self._kept()
            private = record.private or (self._vault.get(record.public) if self._vault is not None else None)
            if not private:
                raise StoreError(OUT_OF_REACH, "no answer of the keyring")
            try:
                self._key = SigningKey(bytes.fromhex(private))
            except ValueError as error:
                raise StoreError(DAMAGED.format(self._file.name), type(error).__name__, cause=Cause.BROKEN) from error
        return self._key

    def has_joined(self, place: str) -> bool:
        """Whether the key has signed entries of a store."""
        return place in self._kept().joined

    def join(self, place: str) -> None:
        """Remember that it has."""
        record = self._kept()
        if place not in record.joined:
            self._write(replace(record, joined=(*record.joined, place)))

    def keep_in(self, where: str) -> None:
        """Move the private part: into the ``file`` or the ``keyring``.

        Raises
        ------
        StoreError
            When it is out of reach, or the keyring does not keep it.
        """
        key, record = self.key(), self._kept()
        if where == "keyring" and not self.is_in_vault:
            if self._vault is None or not self._vault.put(record.public, key.private.hex()):
                raise StoreError("The system’s keyring does not keep the key; leave it in the file.", "put failed")
            self._write(replace(record, private=""))
        elif where == "file" and self.is_in_vault:
            self._write(replace(record, private=key.private.hex()))
            if self._vault is not None:
                self._vault.drop(record.public)

    def _kept(self) -> _Record:
        if self._record is None:
            self._record = self._read() or self._make()
        return self._record

    def _read(self) -> _Record | None:
        try:
            raw = parsed_json(self._file.read_bytes())
            return _Record(str(raw["public"]), str(raw["private"]), tuple(map(str, raw["joined"])))
        except FileNotFoundError:
            return None
        except OSError as error:
            # Whole or not: the disk did not give it.
            raise StoreError(sentence_of(error), repr(error)) from error
        except (ValueError, KeyError, TypeError) as error:
            # A new key would hide that the old one is gone.
            raise StoreError(DAMAGED.format(self._file.name), type(error).__name__, cause=Cause.BROKEN) from error

    def _make(self) -> _Record:
        key = SigningKey.new()
        is_kept = self._vault is not None and self._vault.put(key.public, key.private.hex())
        if not is_kept:
            logger.info("the key of the audit trail is kept in a file; there is no keyring to keep it")
        self._key = key
        record = _Record(key.public, "" if is_kept else key.private.hex())
        self._write(record)
        return record

    def _write(self, record: _Record) -> None:
        try:
            write_private(self._file, json.dumps(asdict(record)).encode("ascii"))
        except OSError as error:
            message = "The key that signs the audit trail cannot be kept; check the disk and its permissions."
            raise StoreError(message, repr(error)) from error
        self._record = record
