"""HDF5 files that ask for more than they hold, lead back to themselves or hold no numbers, found without reading."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from leukoscope.domain.errors import BundleError
from leukoscope.inference import hdf5_check
from leukoscope.inference.safety import check_model_file
from tests.unit.inference.test_safety import DENSE, h5_file, keras_file, network, weights

Change = Callable[[h5py.File], None]

PEAK = """
import resource, sys
from pathlib import Path
from leukoscope.inference.safety import check_model_file
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    check_model_file(Path(sys.argv[1]))
except Exception as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def with_length(file: Path, attribute: str, length: int) -> Path:
    """Let the text of an attribute be longer than it is, as damage of one word in the file does."""
    data = bytearray(file.read_bytes())
    with h5py.File(file, "r") as tree:
        true = struct.pack("<I", len(tree.attrs[attribute].encode()))
    at = data.index(true, data.index(attribute.encode() + b"\0"))
    data[at : at + 4] = struct.pack("<I", length)
    file.write_bytes(data)
    return file


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say how much memory a process ever took")
def test_a_text_that_is_longer_than_its_file_takes_no_memory(tmp_path: Path) -> None:
    """Found by the campaign: HDF5 takes 1.6 GB for a file of 9 kB before it looks whether the text is there."""
    file = with_length(h5_file(tmp_path / "m.h5", network(DENSE)), "model_config", 0x5F6C6564)
    command = [sys.executable, "-c", PEAK, str(file)]
    said, grown = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert "damaged or incomplete" in said
    assert int(grown) < 60


@pytest.mark.parametrize("attribute", ["model_config", "keras_version"])
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_every_form_of_an_attribute_is_looked_at(tmp_path: Path, attribute: str, libver: str) -> None:
    file = tmp_path / "m.h5"
    with h5py.File(file, "w", libver=libver) as tree:
        tree["layers/dense/vars/0"] = np.zeros((3, 1), np.float32)
        tree.attrs["model_config"] = '{"class_name": "Sequential", "config": {"layers": []}}'
        tree.attrs["keras_version"] = "3.15.1 of a length of its own"
    check_model_file(file)
    with h5py.File(file, "r") as tree:
        assert hdf5_check.text_attribute(tree, "nothing", file) is None
    if libver == "latest":  # its checksums make any change of a length damage that HDF5 finds by itself
        return
    with pytest.raises(BundleError, match="damaged") as refusal:
        check_model_file(with_length(file, attribute, 2_000_000_000))
    assert "2000000000 bytes in a file of" in refusal.value.detail


def test_an_attribute_that_is_kept_where_it_cannot_be_looked_at_is_refused(tmp_path: Path) -> None:
    """Compressed among many others, its length cannot be known before it is read."""
    file = h5_file(tmp_path / "m.h5", network(DENSE))
    data = file.read_bytes()
    with h5py.File(file, "r") as tree, pytest.raises(BundleError, match="damaged") as refusal:
        other = tmp_path / "other.h5"
        other.write_bytes(data.replace(b"model_config\0", b"model_c0nfig\0"))
        hdf5_check.text_attribute(tree, "model_config", other)
    assert "not where HDF5 keeps such" in refusal.value.detail


def ring(tree: h5py.File) -> None:
    """Ten groups that all hold each other: to walk every path of it would take years."""
    for one in range(10):
        for other in range(10):
            tree.require_group(f"g{one}")[f"to{other}"] = tree.require_group(f"g{other}")


def twice(tree: h5py.File) -> None:
    tree["layers/dense/vars/1"] = tree["layers/dense/vars/0"]


def words(tree: h5py.File) -> None:
    tree["layers/dense/vars/1"] = ["a", "b"]


def compound(tree: h5py.File) -> None:
    tree["layers/dense/vars/1"] = np.zeros(3, [("a", "f4"), ("b", "f4")])


def together(tree: h5py.File) -> None:
    """Each would do; nothing of them is written."""
    for number in range(30):
        tree.create_dataset(f"layers/dense/vars/{number + 1}", (1_000_000,), "f4", chunks=(1000,))


def deep(tree: h5py.File) -> None:
    tree.require_group("/".join("abc"[i % 3] for i in range(hdf5_check.MAX_DEPTH + 2)))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (ring, "a part of itself twice"),
        (twice, "a part of itself twice"),
        (words, "something else than numbers"),
        (compound, "something else than numbers"),
        (together, "far more than its size"),
        (deep, "nested too deep"),
    ],
)
def test_what_is_no_plain_tree_of_numbers_is_refused(tmp_path: Path, change: Change, match: str) -> None:
    with pytest.raises(BundleError, match=match):
        check_model_file(keras_file(tmp_path / "m.keras", network(DENSE), store=weights(change)))
    with pytest.raises(BundleError, match=match):
        check_model_file(h5_file(tmp_path / "m.h5", network(DENSE), change))


def test_a_file_of_too_many_parts_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_check, "MAX_OBJECTS", 3)
    with pytest.raises(BundleError, match="more parts than any network"):
        check_model_file(keras_file(tmp_path / "m.keras", network(DENSE)))
