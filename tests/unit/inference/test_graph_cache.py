"""Where compiled graphs lie and when they are made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from leukoscope.inference.graph_cache import (
    CHECKSUM_FILE,
    GRAPH_FILE,
    WEIGHTS_FILE,
    discard_older,
    graph_folder,
    graph_key,
    is_whole,
    shipped_graphs,
    write_checksums,
)
from leukoscope.inference.manifest import Calibration, Manifest, read_manifest


@pytest.fixture
def manifest(small_bundles: Path) -> Manifest:
    return read_manifest(small_bundles / "hybrid")


def test_the_key_changes_with_what_makes_the_graph_and_with_nothing_else(manifest: Manifest) -> None:
    def key(**change: object) -> str:
        return graph_key(manifest.model_copy(update=change))

    assert key(model_sha256="1" * 64) != key()
    assert key(positive_class=0) != key()
    assert key(explanations=manifest.explanations[:1]) != key()
    assert key(novelty=None) != key()
    assert key(title="Another", calibration=Calibration(temperature=2.0)) == key()


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    folder = tmp_path / "graph"
    folder.mkdir()
    (folder / GRAPH_FILE).write_text("<net/>", encoding="utf-8")
    (folder / WEIGHTS_FILE).write_bytes(bytes(range(256)) * 50)
    write_checksums(folder)
    return folder


def test_a_sealed_graph_is_whole(graph: Path) -> None:
    assert is_whole(graph)


@pytest.mark.parametrize("file", [GRAPH_FILE, WEIGHTS_FILE, CHECKSUM_FILE])
def test_one_wrong_bit_or_a_missing_file_is_noticed(graph: Path, file: str) -> None:
    whole = (graph / file).read_bytes()
    (graph / file).write_bytes(whole[:2] + bytes([whole[2] ^ 1]) + whole[3:])
    assert not is_whole(graph)
    (graph / file).write_bytes(whole[:-1])
    assert not is_whole(graph)
    (graph / file).unlink()
    assert not is_whole(graph)


def test_older_graphs_of_the_same_bundle_go(tmp_path: Path, manifest: Manifest) -> None:
    current = graph_folder(tmp_path, manifest)
    older = graph_folder(tmp_path, manifest.model_copy(update={"model_sha256": "1" * 64}))
    other = graph_folder(tmp_path, manifest.model_copy(update={"name": "hybrid-2"}))
    for folder in (current, older, other):
        folder.mkdir()
    discard_older(tmp_path, manifest)
    assert {folder.name for folder in tmp_path.iterdir()} == {current.name, other.name}


def test_graphs_that_came_with_the_program_lie_beside_its_bundles(small_bundles: Path) -> None:
    assert shipped_graphs(small_bundles / "hybrid") == small_bundles / "graphs"
