"""Where a compiled graph lies: found again as long as nothing that made it has changed.

An installed program brings the graphs of its own bundles beside them; they are read and never written.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zlib
from importlib.metadata import version
from pathlib import Path

from leukoscope.inference.manifest import Manifest

GRAPH_FORMAT = 2
"""Raise it when ``explain.py`` or ``backward.py`` changes what a graph computes."""
GRAPH_FILE = "graph.xml"
WEIGHTS_FILE = "graph.bin"
SEAL_FILE = "seal.json"
SHIPPED_FOLDER = "graphs"
_CHUNK = 1 << 22


def graph_key(manifest: Manifest) -> str:
    """Name of a bundle's graph: changes with the model, what the manifest shows of it, and the compiler."""
    made_of = {
        "model": manifest.model_sha256,
        "positive_class": manifest.positive_class,
        "output": manifest.output,
        "size": [manifest.preprocessing.height, manifest.preprocessing.width],
        "layers": [[one.name, one.kind, one.layer] for one in manifest.explanations],
        "novelty": manifest.novelty.layer if manifest.novelty else None,
        "kind": manifest.kind,
        "attributes": [list(head.values) for head in manifest.attributes],
        "compiler": version("openvino"),
        "format": GRAPH_FORMAT,
    }
    text = json.dumps(made_of, sort_keys=True)
    return f"{manifest.name}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def graph_folder(cache: Path, manifest: Manifest) -> Path:
    """Folder of a bundle's graph."""
    return cache / graph_key(manifest)


def shipped_graphs(bundle: Path) -> Path:
    """Folder of the graphs that came with the program, beside its bundles; it may be missing."""
    return bundle.parent / SHIPPED_FOLDER


def seal(folder: Path) -> None:
    """Note size and checksum of a finished graph's files, so that a torn or rotten one is noticed."""
    marks = {name: _mark(folder / name) for name in (GRAPH_FILE, WEIGHTS_FILE)}
    (folder / SEAL_FILE).write_text(json.dumps(marks), encoding="utf-8")


def is_whole(folder: Path) -> bool:
    """Whether a graph is there and its files are, byte for byte, what they were when it was made."""
    try:
        marks = json.loads((folder / SEAL_FILE).read_text(encoding="utf-8"))
        return all(_mark(folder / name) == marks[name] for name in (GRAPH_FILE, WEIGHTS_FILE))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _mark(path: Path) -> list[int]:
    """Size and CRC-32: 65 MB take 0.04 s, and the cache guards against accidents, not against attackers."""
    checksum = 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            checksum = zlib.crc32(chunk, checksum)
    return [path.stat().st_size, checksum]


def discard(folder: Path) -> None:
    """Remove a graph; one that another process still holds open on Windows loses its seal at least."""
    (folder / SEAL_FILE).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def discard_older(cache: Path, manifest: Manifest) -> None:
    """Remove the graphs of earlier weights, manifests or compilers of the same bundle."""
    current, pattern = graph_key(manifest), re.compile(rf"{re.escape(manifest.name)}-[0-9a-f]{{24}}")
    for folder in cache.iterdir():
        if folder.name != current and pattern.fullmatch(folder.name):
            discard(folder)
