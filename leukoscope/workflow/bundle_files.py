"""The files of a model on its way, packed or in a backup: which there may be, how large, and whether they fit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from leukoscope.inference.manifest import (
    CARD_FILE,
    MANIFEST_FILE,
    MAX_MODEL_BYTES,
    MODEL_FILES,
    NOVELTY_FILE,
    Manifest,
    read_manifest,
)

BESIDE = (MANIFEST_FILE, CARD_FILE, NOVELTY_FILE)
"""What lies beside the network."""
FILES = (*BESIDE, *MODEL_FILES.values())
MOST_BYTES = {MANIFEST_FILE: 16_000_000, CARD_FILE: 1_000_000, NOVELTY_FILE: 256_000_000} | dict.fromkeys(
    MODEL_FILES.values(), MAX_MODEL_BYTES
)
"""Of each file."""


def check_bundle(folder: Path, sums: Mapping[str, str]) -> Manifest:
    """Check a bundle that came from elsewhere, whose files have these sums.

    Parameters
    ----------
    folder
        With its files.
    sums
        SHA-256 of each, by its name; that they are right was found out before.

    Raises
    ------
    BundleError
        When its manifest cannot be read, or its network is not safe to load.
    ValueError
        When its files are not those that its manifest names.
    """
    from leukoscope.inference.safety import check_model_file

    manifest = checked_sums(folder, sums)
    if manifest.shape is None:
        check_model_file(folder / manifest.model_file)
    return manifest


def checked_sums(folder: Path, sums: Mapping[str, str]) -> Manifest:
    """Hold the sums of a bundle's files against its manifest; raises as :func:`check_bundle` does."""
    manifest = read_manifest(folder)
    named = {} if manifest.shape is not None else {manifest.model_file: manifest.model_sha256}
    if {name: sums[name] for name in sums if name not in BESIDE} != named:
        raise ValueError("its manifest names another model file")
    if manifest.novelty is not None and sums.get(NOVELTY_FILE) != manifest.novelty.sha256:
        raise ValueError("its manifest names another novelty.npz")
    return manifest
