"""Bundles on disk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from leukoscope.domain.errors import BundleError
from leukoscope.inference.library import BundleLibrary
from leukoscope.inference.manifest import CARD_FILE, MANIFEST_FILE, MODEL_FILE, NOVELTY_FILE


@pytest.fixture
def library(small_bundles: Path, tmp_path: Path) -> BundleLibrary:
    user = tmp_path / "user"
    shutil.copytree(small_bundles / "hybrid", user / "mine")
    manifest = json.loads((user / "mine" / MANIFEST_FILE).read_text(encoding="utf-8"))
    manifest["name"] = "mine"
    (user / "mine" / MANIFEST_FILE).write_text(json.dumps(manifest), encoding="utf-8")
    return BundleLibrary(small_bundles, user)


def test_lists_shipped_bundles_first(library: BundleLibrary) -> None:
    assert [(one.manifest.name, one.shipped) for one in library.list()] == [
        ("ensemble", True),
        ("hybrid", True),
        ("mine", False),
    ]


def test_an_unknown_name_is_answered_with_the_known_ones(library: BundleLibrary) -> None:
    with pytest.raises(BundleError, match="ensemble, hybrid, mine"):
        library.get("nobody")


def test_a_good_bundle_passes_every_check(library: BundleLibrary) -> None:
    checks = library.verify("mine")
    assert {check.name for check in checks} == {"manifest", "model", "safety", "novelty", "card"}
    assert all(check.passed for check in checks)


@pytest.mark.parametrize(("file", "check"), [(MODEL_FILE, "model"), (NOVELTY_FILE, "novelty"), (CARD_FILE, "card")])
@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_damage_is_found(library: BundleLibrary, file: str, check: str, damage: str) -> None:
    path = library.user / "mine" / file
    path.unlink() if damage == "missing" else path.write_bytes(b"")
    failed = [one for one in library.verify("mine") if not one.passed]
    assert [one.name for one in failed] == [check]
    assert failed[0].sentence


@pytest.mark.parametrize("change", [{"surprise": 1}, {"positive_class": 2}, {"name": "../up"}, {"model_sha256": "x"}])
def test_a_manifest_outside_the_schema_is_left_out_and_named(library: BundleLibrary, change: dict[str, object]) -> None:
    path = library.user / "mine" / MANIFEST_FILE
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    assert "mine" not in [one.manifest.name for one in library.list()]
    with pytest.raises(BundleError, match=next(iter(change))):
        library.get("mine")
    assert not library.verify("mine")[0].passed


def test_a_user_cannot_put_a_bundle_in_place_of_a_shipped_one(library: BundleLibrary, small_bundles: Path) -> None:
    shutil.copytree(small_bundles / "ensemble", library.user / "ensemble")
    assert library.get("ensemble").shipped


def test_only_imported_bundles_are_removed(library: BundleLibrary) -> None:
    library.remove("mine")
    assert list(library.user.iterdir()) == []
    with pytest.raises(BundleError, match="came with the program"):
        library.remove("hybrid")
