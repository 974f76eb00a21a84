"""Where a compiled graph lies: found again as long as nothing that made it has changed.

An installed program brings the graphs of its own bundles beside them; they are read and never written.
"""

from __future__ import annotations

import errno
import hashlib
import json
import mmap
import re
import secrets
import shutil
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.parsing import parsed_json
from leukoscope.inference.manifest import Manifest

if TYPE_CHECKING:
    import openvino as ov

GRAPH_FORMAT = 2
"""Raise it when ``explain.py``, ``explanations.py`` or ``backward.py`` changes what a graph computes."""
GRAPH_FILE = "graph.xml"
WEIGHTS_FILE = "graph.bin"
CHECKSUM_FILE = "seal.json"
SHIPPED_FOLDER = "graphs"
KEPT_FOLDER = "kept-graph"
"""In a bundle that is being imported: the graph that was compiled to look at the model."""
_CHUNK = 1 << 22
REFUSED = {errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EAGAIN}
"""The system gives no more of something; it does not speak of the file."""
_LOADING_BYTES, _LOADING_FACTOR = 128 << 20, 4
"""OpenVINO's own threads and libraries, and copies of the weights in the layouts that the processor likes."""


def graph_key(manifest: Manifest) -> str:
    """Name of a bundle's graph: changes with the model, what the manifest shows of it, and the compiler."""
    made_of: dict[str, object] = {
        "model": manifest.model_sha256,
        "positive_class": manifest.positive_class,
        "output": manifest.output,
        "size": _size(manifest),
        "layers": [[one.name, one.kind, one.layer] + [one.call] * (one.call > 0) for one in manifest.explanations],
        "novelty": manifest.novelty.layer if manifest.novelty else None,
        "kind": manifest.kind,
        "attributes": [list(head.values) for head in manifest.attributes],
        "compiler": version("openvino"),
        "format": GRAPH_FORMAT,
    }
    if manifest.head or manifest.figures:  # only then, so that graphs made before are still found
        made_of |= {"head": manifest.head, "figures": list(manifest.figures)}
    text = json.dumps(made_of, sort_keys=True)
    return f"{manifest.name}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def _size(manifest: Manifest) -> list[int]:
    """Of the input; three channels, which all had at first, are not named, so that their graphs are found again."""
    fed = manifest.preprocessing
    return [fed.height, fed.width, *([] if fed.channels == 3 else [fed.channels])]


def graph_folder(cache: Path, manifest: Manifest) -> Path:
    """Folder of a bundle's graph."""
    return cache / graph_key(manifest)


def shipped_graphs(bundle: Path) -> Path:
    """Folder of the graphs that came with the program, beside its bundles; it may be missing."""
    return bundle.parent / SHIPPED_FOLDER


def write_checksums(folder: Path) -> None:
    """Note size and checksum of a finished graph's files, so that a torn or rotten one is noticed."""
    marks = {name: _mark(folder / name) for name in (GRAPH_FILE, WEIGHTS_FILE)}
    (folder / CHECKSUM_FILE).write_text(json.dumps(marks), encoding="utf-8")


def save_graph(graph: ov.Model, folder: Path) -> None:
    """Write a graph and its checksums into a new folder.

    Raises
    ------
    OSError
        When the disk is full or the folder cannot be written.
    """
    import openvino as ov

    folder.mkdir()
    ov.save_model(graph, folder / GRAPH_FILE, compress_to_fp16=False)
    write_checksums(folder)


def take_in(kept: Path, cache: Path, manifest: Manifest) -> None:
    """Move a graph that was made elsewhere to its place in the cache; one that is there already is replaced.

    Raises
    ------
    OSError
        When the disk is full or the cache cannot be written.
    """
    target = graph_folder(cache, manifest)
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        shutil.move(kept, part)
        if target.exists():
            discard(target)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def is_whole(folder: Path) -> bool:
    """Whether a graph is there and its files are, byte for byte, what they were when it was made.

    Raises
    ------
    OSError, MemoryError
        When the system has no memory or no file handles left: nothing is known of the graph then.
    """
    try:
        marks = parsed_json((folder / CHECKSUM_FILE).read_text(encoding="utf-8"))
        return all(_mark(folder / name) == marks[name] for name in (GRAPH_FILE, WEIGHTS_FILE))
    except OSError as error:
        if error.errno in REFUSED:
            raise
        return False
    except (ValueError, KeyError, TypeError):
        return False


def memory_for(folder: Path) -> bool:
    """Whether the system would give the memory that loading a graph takes.

    Without it OpenVINO says anything: that the file is of no known kind, that a resource is unavailable, or nothing
    at all. Only this question tells low memory from a file that cannot be used.
    """
    return is_granted(_LOADING_BYTES + _LOADING_FACTOR * (folder / WEIGHTS_FILE).stat().st_size)


def is_granted(size: int) -> bool:
    """Whether the system gives so many bytes; they are given back at once."""
    try:
        mmap.mmap(-1, size).close()
    except (OSError, MemoryError, ValueError):
        return False
    return True


def _mark(path: Path) -> list[int]:
    """Size and CRC-32: 65 MB take 0.04 s, and the cache guards against accidents, not against attackers."""
    checksum = 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            checksum = zlib.crc32(chunk, checksum)
    return [path.stat().st_size, checksum]


def discard(folder: Path) -> None:
    """Remove a graph; one that another process still holds open on Windows loses its seal at least."""
    (folder / CHECKSUM_FILE).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def discard_older(cache: Path, manifest: Manifest) -> None:
    """Remove the graphs of earlier weights, manifests or compilers of the same bundle."""
    current, pattern = graph_key(manifest), re.compile(rf"{re.escape(manifest.name)}-[0-9a-f]{{24}}")
    for folder in cache.iterdir():
        if folder.name != current and pattern.fullmatch(folder.name):
            discard(folder)
