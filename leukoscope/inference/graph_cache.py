"""Where a compiled graph lies: found again as long as nothing that made it has changed."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

from leukoscope.inference.manifest import Manifest

GRAPH_FORMAT = 2
"""Raise it when ``explain.py`` or ``backward.py`` changes what a graph computes."""
GRAPH_FILE = "graph.xml"
WEIGHTS_FILE = "graph.bin"
SEAL_FILE = "seal.json"
BLOB_FOLDER = "blobs"


def graph_key(manifest: Manifest) -> str:
    """Name of a bundle's graph: changes with the model, what the manifest shows of it, and the compiler."""
    made_of = {
        "model": manifest.model_sha256,
        "positive_class": manifest.positive_class,
        "output": manifest.output,
        "size": [manifest.preprocessing.height, manifest.preprocessing.width],
        "layers": [[one.name, one.kind, one.layer] for one in manifest.explanations],
        "novelty": manifest.novelty.layer if manifest.novelty else None,
        "compiler": version("openvino"),
        "format": GRAPH_FORMAT,
    }
    text = json.dumps(made_of, sort_keys=True)
    return f"{manifest.name}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def graph_folder(cache: Path, manifest: Manifest) -> Path:
    """Folder of a bundle's graph."""
    return cache / graph_key(manifest)


def seal(folder: Path) -> None:
    """Note the sizes of a finished graph's files, so that a torn one is noticed."""
    sizes = {name: (folder / name).stat().st_size for name in (GRAPH_FILE, WEIGHTS_FILE)}
    (folder / SEAL_FILE).write_text(json.dumps(sizes), encoding="utf-8")


def is_whole(folder: Path) -> bool:
    """Whether a graph is there and its files have the sizes they had when it was made."""
    try:
        sizes = json.loads((folder / SEAL_FILE).read_text(encoding="utf-8"))
        return all((folder / name).stat().st_size == sizes[name] for name in (GRAPH_FILE, WEIGHTS_FILE))
    except (OSError, ValueError, KeyError, TypeError):
        return False
