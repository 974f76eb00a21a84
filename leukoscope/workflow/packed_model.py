"""A model on its way to another workstation: one file, signed by the installation that packed it.

The file is a zip of the bundle with ``contents.json``: the SHA-256 of every file, the packing installation's public key
and its signature over both. Who takes it compares the key with the sender's, by telephone or on paper; without that a
signature says only that nothing was changed since somebody packed it. Nothing in it is read before the signature and
the sums are right.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leukoscope.cases.signing_keys import Keys, is_signed, short_key
from leukoscope.domain.errors import BundleError
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.library import PART_SUFFIX, BundleLibrary, InstalledBundle
from leukoscope.inference.manifest import MANIFEST_FILE, file_sha256
from leukoscope.system.durable import part_of, put_in_place, settle_tree, sync_file
from leukoscope.workflow.bundle_files import BESIDE, FILES, MOST_BYTES, check_bundle

CONTENTS_FILE = "contents.json"
_PURPOSE = "leukoscope packed model 1\n"
"""Keeps what is signed here apart from heads of the audit trail, which the same key signs."""
_CONTENTS_BYTES = 64_000
_CHUNK = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, ValueError, KeyError, RuntimeError)

OnStep = Callable[[str, int, int], None]


class _Contents(BaseModel):
    """What ``contents.json`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    version: str
    files: dict[str, str]
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    signature: str = Field(pattern=r"^[0-9a-f]{128}$")

    @property
    def signed_text(self) -> str:
        """What the signature is over."""
        return _PURPOSE + json.dumps([self.name, self.version, sorted(self.files.items())], separators=(",", ":"))


def pack_model(bundle: InstalledBundle, to: Path, keys: Keys, on_step: OnStep, cancel: CancelToken) -> str:
    """Write a model and its signature into one file, whole or not at all.

    Returns
    -------
    str
        The key as people compare it.

    Raises
    ------
    BundleError
        When the file is there already or cannot be written, or the bundle has no model file.
    CancelledError
        After a cancel; nothing is left.
    """
    if to.exists():
        raise BundleError(f"“{to.name}” is there already; choose another name.")
    names = [name for name in (*BESIDE, bundle.model_file.name) if (bundle.path / name).is_file()]
    if bundle.is_network and bundle.model_file.name not in names:
        raise BundleError("The light edition of the program has no model files to send; pack it on a full one.")
    part = part_of(to)
    try:
        sums = {name: file_sha256(bundle.path / name) for name in names}
        manifest = bundle.manifest
        unsigned = _Contents(
            name=manifest.name, version=manifest.version, files=sums, key=keys.public, signature="0" * 128
        )
        contents = unsigned.model_copy(update={"signature": keys.key().sign(unsigned.signed_text)})
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as packed:
            packed.writestr(CONTENTS_FILE, contents.model_dump_json(indent=1))
            for done, name in enumerate(names):
                on_step(f"Packing {name}", done, len(names))
                with (bundle.path / name).open("rb") as source, packed.open(name, "w", force_zip64=True) as target:
                    _copy(source, target, cancel)
        sync_file(part)
        put_in_place(part, to)
    except OSError as error:
        raise BundleError(
            f"“{to.name}” cannot be written: is the disk full, or the folder locked?", repr(error)
        ) from error
    finally:
        part.unlink(missing_ok=True)
    on_step("Done", len(names), len(names))
    return short_key(keys.public)


def unpack_model(file: Path, key: str, library: BundleLibrary, on_step: OnStep, cancel: CancelToken) -> InstalledBundle:
    """Check a packed model and install it.

    Parameters
    ----------
    file
        What :func:`pack_model` wrote.
    key
        Of the installation that packed it, as its people say it: at least its first 16 digits.
    library
        Where it is installed, in the user's folder.
    on_step, cancel
        Told each step; set it to stop.

    Raises
    ------
    BundleError
        When it is damaged, changed, of another key, unsafe, or there is a model of that name already.
    CancelledError
        After a cancel; nothing is left.
    """
    folder = library.user / f"packed.{secrets.token_hex(4)}{PART_SUFFIX}"
    try:
        with zipfile.ZipFile(file) as packed:
            contents = _checked_contents(packed, file, key)
            if (
                contents.name in {one.manifest.name for one in library.list()}
                or (library.user / contents.name).exists()
            ):
                raise BundleError(f"There is a model named “{contents.name}” already; remove it first.")
            folder.mkdir(parents=True)
            for done, name in enumerate(contents.files):
                on_step(f"Unpacking {name}", done, len(contents.files) + 1)
                _unpack(packed, name, contents.files[name], folder / name, file, cancel)
        on_step("Checking the model", len(contents.files), len(contents.files) + 1)
        manifest = check_bundle(folder, contents.files)
        if (manifest.name, manifest.version) != (contents.name, contents.version):
            raise _damaged(file, "its manifest names another model")
        settle_tree(folder)
        put_in_place(folder, library.user / contents.name)
    except _DAMAGED as error:
        raise _damaged(file, repr(error)) from error
    except OSError as error:
        raise BundleError(
            f"“{file.name}” cannot be read, or the disk is full; nothing was installed.", repr(error)
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return library.get(contents.name)


def _checked_contents(packed: zipfile.ZipFile, file: Path, key: str) -> _Contents:
    """What is in a packed model, once its signature is right."""
    listed = [one.filename for one in packed.infolist()]
    if CONTENTS_FILE not in listed or packed.getinfo(CONTENTS_FILE).file_size > _CONTENTS_BYTES:
        raise BundleError(f"“{file.name}” is no model that this program packed; ask for it again.")
    try:
        contents = _Contents.model_validate_json(packed.read(CONTENTS_FILE))
    except ValidationError as error:
        raise _damaged(file, str(error)) from error
    if sorted(listed) != sorted([CONTENTS_FILE, *contents.files]) or not {MANIFEST_FILE} <= set(contents.files) <= set(
        FILES
    ):
        raise _damaged(file, f"members {listed[:10]}")
    if not is_signed(contents.key, contents.signed_text, contents.signature):
        raise _damaged(file, "signature")
    asked = key.strip().lower()
    if len(asked) < len(short_key(contents.key)) or not contents.key.startswith(asked):
        raise BundleError(
            f"“{file.name}” was packed by an installation with the key {short_key(contents.key)}. Ask its people for "
            "their key, and give it with --key only if it is the same."
        )
    return contents


def _unpack(packed: zipfile.ZipFile, name: str, sha256: str, to: Path, file: Path, cancel: CancelToken) -> None:
    if packed.getinfo(name).file_size > MOST_BYTES[name]:
        raise _damaged(file, f"{name} is too large")
    with packed.open(name) as source, to.open("wb") as target:
        found = _copy(source, target, cancel, MOST_BYTES[name])
    if found != sha256:
        raise _damaged(file, f"{name} has another SHA-256")


def _copy(source: IO[bytes], target: IO[bytes], cancel: CancelToken, most: int | None = None) -> str:
    """Copy and give the SHA-256."""
    digest, written = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        cancel.raise_if_cancelled()
        written += len(chunk)
        if most is not None and written > most:
            raise ValueError("more bytes than are allowed")
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()


def _damaged(file: Path, detail: str) -> BundleError:
    return BundleError(f"“{file.name}” was damaged or changed after it was packed; ask for it again.", detail)
