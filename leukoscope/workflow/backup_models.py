"""Imported models in a backup: which there are, whether they are whole, and what they are called there."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from leukoscope.domain.errors import BundleError, StoreError
from leukoscope.inference.library import PART_SUFFIX, BundleLibrary, InstalledBundle
from leukoscope.inference.manifest import MANIFEST_FILE, Manifest, file_sha256
from leukoscope.workflow.bundle_files import FILES, check_bundle, checked_sums

logger = logging.getLogger(__name__)

MODEL_FOLDER = "models"
"""Of a backup, and of a copy at the second place."""
Sums = Mapping[str, str]
"""SHA-256 of each file of a bundle, by its name."""
_ENTRY = re.compile(rf"{MODEL_FOLDER}/([a-z0-9][a-z0-9._-]{{0,63}})/({'|'.join(map(re.escape, FILES))})")
_PIECE = 1 << 20


@dataclass(frozen=True)
class KeptModel:
    """An imported bundle that is whole.

    Parameters
    ----------
    name, folder
        What it is called, and where it lies.
    sums
        Of its files.
    """

    name: str
    folder: Path
    sums: Sums


def entry_of(model: str, file: str) -> str:
    """What a file of a bundle is called in a backup."""
    return f"{MODEL_FOLDER}/{model}/{file}"


def parts_of(entry: str) -> tuple[str, str] | None:
    """Bundle and file of a name in a backup; ``None`` when it is none of a bundle."""
    found = _ENTRY.fullmatch(entry)
    return None if found is None or found[1].endswith(PART_SUFFIX) else (found[1], found[2])


def by_model(sums: Sums) -> dict[str, dict[str, str]]:
    """Sums of a backup's files -> of those of each bundle.

    Raises
    ------
    ValueError
        When a bundle has no manifest.
    """
    found: dict[str, dict[str, str]] = {}
    for entry, sha256 in sums.items():
        parts = parts_of(entry)
        if parts is not None:
            found.setdefault(parts[0], {})[parts[1]] = sha256
    for name, files in found.items():
        if MANIFEST_FILE not in files:
            raise ValueError(f"the model {name} has no manifest")
    return found


def imported_models(
    library: BundleLibrary | None, check: Callable[[Path, Sums], Manifest] = check_bundle
) -> tuple[tuple[KeptModel, ...], list[str]]:
    """Imported bundles that are whole, and a sentence about each that is not; those that came with the program never.

    Parameters
    ----------
    library
        Of this workstation; ``None`` for no models.
    check
        How closely they are looked at.
    """
    if library is None:
        return (), []
    whole, faults = [], [error.message for error in library.unreadable()]
    for bundle in library.list():
        if bundle.shipped:
            continue
        try:
            sums = sums_of(bundle.path)
            check(bundle.path, sums)
        except BundleError as error:
            name = bundle.manifest.name
            faults.append(
                f"The model “{name}” is not whole: {error.message} Remove it, then import or receive it again."
            )
        except (ValueError, OSError) as error:
            logger.error("a model is not whole: %r", error)
            faults.append(_not_whole(bundle))
        else:
            whole.append(KeptModel(bundle.manifest.name, bundle.path, sums))
    return tuple(whole), faults


def at_a_glance(folder: Path, sums: Sums) -> Manifest:
    """Whether files are those of the manifest; what they hold was looked at when they were imported."""
    return checked_sums(folder, sums)


def _not_whole(bundle: InstalledBundle) -> str:
    name = bundle.manifest.name
    return f"The model “{name}” is not as it was imported; remove it, then import or receive it again."


def sums_of(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a bundle that there may be.

    Raises
    ------
    OSError
        When one cannot be read.
    """
    return {name: file_sha256(folder / name) for name in FILES if (folder / name).is_file()}


def pieces_of(model: KeptModel, file: str) -> Iterator[bytes]:
    """The bytes of a file, held against its sum at the end.

    Raises
    ------
    StoreError
        When it cannot be read, or is another one by now.
    """
    digest = hashlib.sha256()
    message = f"The model “{model.name}” was changed or cannot be read while it was copied; try again."
    try:
        with (model.folder / file).open("rb") as stream:
            while piece := stream.read(_PIECE):
                digest.update(piece)
                yield piece
    except OSError as error:
        raise StoreError(message, repr(error)) from error
    if digest.hexdigest() != model.sums[file]:
        raise StoreError(message, f"{file} has another SHA-256")
