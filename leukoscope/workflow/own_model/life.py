"""The life of a model: which judge from now on, its versions, and the way back; all of it in the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from leukoscope.cases.model_uses import ModelUse, uses_of
from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import BundleError
from leukoscope.workflow.own_model.activation import activate

if TYPE_CHECKING:
    from leukoscope.inference.library import BundleLibrary, InstalledBundle

CHOSEN = "models chosen"
"""What the audit trail says."""


def put_in_use(
    library: BundleLibrary, chosen: Sequence[str], names: Sequence[str], reason: str, store: CaseStore
) -> None:
    """Put down that other models judge from now on.

    Parameters
    ----------
    library
        All models.
    chosen, names
        Those that judge now, and those that are to.
    reason
        Why; needed for an imported one that could not tell cells apart when it was tried.
    store
        Of the audit trail.

    Raises
    ------
    BundleError
        For a name that is not installed, or without a reason where one is needed.
    """
    bundles = [library.get(name) for name in names]
    for bundle in bundles:
        if bundle.manifest.name not in chosen:
            activate(bundle, reason, store)
    if tuple(names) == tuple(chosen):
        return
    installed = {bundle.manifest.name: bundle for bundle in library.list()}
    before = [installed[name] for name in chosen if name in installed]
    with store.database.writing() as session:
        store.trail.record(session, CHOSEN, old=_titles(before), new=_titles(bundles), reason=" ".join(reason.split()))


def _titles(bundles: Sequence[InstalledBundle]) -> str:
    """Name, version and the first digits of the model file: what there is of a version is its weights."""
    return ", ".join(f"{one.manifest.name} {one.manifest.version} {one.manifest.model_sha256[:12]}" for one in bundles)


def next_name(library: BundleLibrary, follows: str) -> str:
    """A free name for the next version of a model: ``hybrid-2`` after ``hybrid``.

    Raises
    ------
    BundleError
        When there is no such model.
    """
    library.get(follows)
    stem, _, number = follows.rpartition("-")
    base = stem if stem and number.isdigit() else follows
    taken = {bundle.manifest.name for bundle in library.list()}
    return next(name for n in range(2, len(taken) + 3) if (name := f"{base[:60]}-{n}") not in taken)


def one_back(library: BundleLibrary, chosen: Sequence[str], name: str) -> tuple[str, ...]:
    """Those that judge, with the version before in the place of a model.

    Raises
    ------
    BundleError
        When the model does not judge, or follows none that is still installed.
    """
    former = library.get(name).manifest.follows
    installed = {bundle.manifest.name for bundle in library.list()}
    if not former or former not in installed:
        raise BundleError(f"“{name}” follows no model that is installed; choose which models judge instead.")
    if name not in chosen:
        raise BundleError(f"“{name}” judges no images; there is nothing to take back.")
    return tuple(dict.fromkeys(former if one == name else one for one in chosen))


def cases_of(bundle: InstalledBundle, store: CaseStore) -> tuple[ModelUse, ...]:
    """The cases that a model has judged, the latest first."""
    return uses_of(store.database, bundle.manifest.name, bundle.manifest.model_sha256)
