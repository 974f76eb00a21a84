"""The bundles on disk: those that came with the program and those a person imported."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leukoscope.domain.errors import BundleError
from leukoscope.inference.graph_cache import graph_folder, is_whole, shipped_graphs
from leukoscope.inference.manifest import CARD_FILE, MANIFEST_FILE, Manifest, file_sha256, read_manifest
from leukoscope.inference.map_words import map_sentences, map_warning

logger = logging.getLogger(__name__)

PART_SUFFIX = ".part"
"""A folder with this suffix is being installed; it is no bundle yet."""


@dataclass(frozen=True)
class InstalledBundle:
    """A bundle on disk."""

    path: Path
    manifest: Manifest
    shipped: bool

    @property
    def model_file(self) -> Path:
        """The file with the network, as it was trained."""
        return self.path / self.manifest.model_file

    @property
    def is_network(self) -> bool:
        """Whether the engine has to judge with it; figures of shape need none."""
        return self.manifest.kind != "morphology"

    @property
    def map_sentences(self) -> tuple[str, ...]:
        """What trying the maps of an imported model showed; empty for models that were not tried."""
        return map_sentences(self.manifest)

    @property
    def map_warning(self) -> str:
        """What a person must know before going by its maps; empty for nothing."""
        return map_warning(self.manifest)

    @property
    def card(self) -> str:
        """Text of ``card.md``; empty when there is none."""
        try:
            return (self.path / CARD_FILE).read_text(encoding="utf-8")
        except OSError:
            return ""


@dataclass(frozen=True)
class BundleCheck:
    """One thing looked at in a bundle."""

    name: str
    passed: bool
    sentence: str


class BundleLibrary:
    """All bundles of a workstation.

    Parameters
    ----------
    shipped
        Folder of the bundles that came with the program; never written.
    user
        Folder of imported bundles.
    """

    def __init__(self, shipped: Path, user: Path) -> None:
        self.shipped, self.user = shipped, user

    def list(self) -> tuple[InstalledBundle, ...]:
        """All readable bundles, shipped first, each by name; one that cannot be read is logged and left out."""
        found: dict[str, InstalledBundle] = {}
        for root, shipped in ((self.shipped, True), (self.user, False)):
            for folder in self._folders(root):
                try:
                    manifest = read_manifest(folder)
                except BundleError as error:
                    logger.warning("bundle left out: %s (%s)", error.message, error.detail)
                    continue
                found.setdefault(manifest.name, InstalledBundle(folder, manifest, shipped))
        return tuple(found.values())

    def unreadable(self) -> tuple[BundleError, ...]:
        """Why imported bundles are left out of the list."""
        found = []
        for folder in self._folders(self.user):
            try:
                read_manifest(folder)
            except BundleError as error:
                found.append(error)
        return tuple(found)

    def get(self, name: str) -> InstalledBundle:
        """A bundle by name.

        Raises
        ------
        BundleError
            When there is none of that name, with the names there are; or when its manifest cannot be read.
        """
        bundles = {bundle.manifest.name: bundle for bundle in self.list()}
        if name in bundles:
            return bundles[name]
        for root in (self.shipped, self.user):
            if (root / name / MANIFEST_FILE).is_file():
                read_manifest(root / name)
        known = ", ".join(bundles) or "none"
        raise BundleError(f"There is no model named “{name}”; installed: {known}.")

    def verify(self, name: str) -> tuple[BundleCheck, ...]:
        """Look at everything that can be wrong with a bundle's files without loading the model."""
        try:
            bundle = self.get(name)
        except BundleError as error:
            return (BundleCheck("manifest", False, error.message),)
        checks = [BundleCheck("manifest", True, "fits the schema")]
        checks.append(_check_model(bundle))
        if checks[-1].passed and bundle.model_file.is_file():
            checks.append(_check_safety(bundle.model_file))
        novelty = bundle.manifest.novelty
        if novelty is not None:
            checks.append(_check_hash("novelty", bundle.path / novelty.file, novelty.sha256))
        has_card = bool(bundle.card.strip())
        checks.append(BundleCheck("card", has_card, "is there" if has_card else "card.md is missing or empty"))
        return tuple(checks)

    def remove(self, name: str) -> None:
        """Remove an imported bundle.

        Raises
        ------
        BundleError
            When it came with the program or cannot be removed.
        """
        bundle = self.get(name)
        if bundle.shipped:
            raise BundleError(f"The model “{name}” came with the program and stays.")
        try:
            gone = bundle.path.with_name(bundle.path.name + PART_SUFFIX)
            bundle.path.rename(gone)
            shutil.rmtree(gone)
        except OSError as error:
            message = f"The model “{name}” cannot be removed; close other programs that use it."
            raise BundleError(message, repr(error)) from error

    @staticmethod
    def _folders(root: Path) -> Sequence[Path]:
        if not root.is_dir():
            return ()
        return sorted(
            folder for folder in root.iterdir() if (folder / MANIFEST_FILE).is_file() and folder.suffix != PART_SUFFIX
        )


def _check_model(bundle: InstalledBundle) -> BundleCheck:
    """The Keras file; in the light edition, which leaves it out, the graph that was made of it."""
    shape = bundle.manifest.shape
    if shape is not None:
        if shape.sha256() != bundle.manifest.model_sha256:
            return BundleCheck("model", False, "its coefficients are not those that were fitted; install it again")
        return BundleCheck("model", True, f"SHA-256 {bundle.manifest.model_sha256[:12]}… of its coefficients")
    if bundle.shipped and not bundle.model_file.exists():
        if is_whole(graph_folder(shipped_graphs(bundle.path), bundle.manifest)):
            return BundleCheck("model", True, "compiled for the light edition; the graph is whole")
        return BundleCheck("model", False, "it has no model file and no whole graph of one; install the program again")
    return _check_hash("model", bundle.model_file, bundle.manifest.model_sha256)


def _check_hash(name: str, path: Path, expected: str) -> BundleCheck:
    try:
        found = file_sha256(path)
    except FileNotFoundError:
        return BundleCheck(name, False, f"{path.name} is missing; install it again")
    except OSError:
        return BundleCheck(name, False, f"{path.name} is there, but cannot be read; check its permissions and the disk")
    if found != expected:
        return BundleCheck(name, False, f"{path.name} is not the file that the manifest names; install it again")
    return BundleCheck(name, True, f"SHA-256 {found[:12]}… as in the manifest")


def _check_safety(path: Path) -> BundleCheck:
    from leukoscope.inference.safety import check_model_file

    try:
        check_model_file(path)
    except BundleError as error:
        return BundleCheck("safety", False, error.message)
    return BundleCheck("safety", True, "known layers only, no code")
