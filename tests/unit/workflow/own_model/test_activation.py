"""A model that could not tell cells apart when it was tried judges only with a reason that is on record."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import BundleError
from leukoscope.inference.input_schema import FeedingTrial
from leukoscope.inference.library import BundleLibrary
from leukoscope.inference.manifest import write_manifest
from leukoscope.workflow.model_runtime import choose
from leukoscope.workflow.own_model.activation import ACTIVATED, activate, needs_reason

GOOD = FeedingTrial(auroc=0.91, low=0.7, high=0.98, leukemic=12, healthy=12, cells="labeled", ways=16)
BAD = FeedingTrial(auroc=0.41, low=0.2, high=0.6, leukemic=12, healthy=12, cells="labeled", ways=1)
NONE = FeedingTrial(auroc=None, low=None, high=None, leukemic=12, healthy=12, cells="drawn", ways=3)


@pytest.fixture
def library(small_bundles: Path, tmp_path: Path) -> BundleLibrary:
    """The small bundles as they ship, and copies of one that were imported and tried."""
    library = BundleLibrary(small_bundles, tmp_path / "user")
    usual = library.get("hybrid")
    for name, tried in (("good", GOOD), ("bad", BAD), ("none", NONE), ("older", None)):
        shutil.copytree(usual.path, library.user / name)
        write_manifest(usual.manifest.model_copy(update={"name": name, "tried": tried}), library.user / name)
    return library


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    store = CaseStore(tmp_path / "cases")
    yield store
    store.close()


def told(store: CaseStore) -> list[tuple[str, str, str]]:
    return [(one.subject, one.new, one.reason) for one in store.trail.entries() if one.what == ACTIVATED]


def test_what_speaks_for_itself_needs_no_reason(library: BundleLibrary, store: CaseStore) -> None:
    assert [one.manifest.name for one in choose(library, ["good", "older", "hybrid"])] == ["good", "older", "hybrid"]
    activate(library.get("good"), "", store)
    activate(library.get("older"), "", store)
    assert told(store) == [("good", GOOD.text, "")]


@pytest.mark.parametrize("name", ["bad", "none"])
def test_below_the_limit_a_reason_is_asked_for_and_kept(library: BundleLibrary, store: CaseStore, name: str) -> None:
    bundle = library.get(name)
    with pytest.raises(BundleError, match=f"“{name}” does not tell leukemic from healthy"):
        choose(library, ["hybrid", name])
    for nothing in ("", "  \n"):
        with pytest.raises(BundleError, match="write the reason"):
            activate(bundle, nothing, store)
    assert needs_reason(bundle) and told(store) == []
    activate(bundle, " for a  comparison ", store)
    assert told(store) == [(name, bundle.manifest.tried.text, "for a comparison")] if bundle.manifest.tried else False
    assert not needs_reason(bundle) and choose(library, [name]) == (bundle,)


def test_the_reason_is_for_these_weights(library: BundleLibrary, store: CaseStore) -> None:
    bundle = library.get("bad")
    activate(bundle, "for a comparison", store)
    write_manifest(bundle.manifest.model_copy(update={"model_sha256": "0" * 64}), bundle.path)
    assert needs_reason(library.get("bad"))


def test_an_unfit_model_is_never_taken_because_it_is_the_only_one(library: BundleLibrary, tmp_path: Path) -> None:
    only = BundleLibrary(tmp_path / "nothing", tmp_path / "alone")
    shutil.copytree(library.user / "bad", only.user / "bad")
    with pytest.raises(BundleError, match="No model is installed"):
        choose(only, ())
