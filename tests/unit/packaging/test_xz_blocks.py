"""Blocks with filters of their own are read by every reader of the format."""

from __future__ import annotations

import io
import lzma
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.tools import tool


def parts() -> dict[str, bytes]:
    random = np.random.default_rng(3)
    return {
        "programs": bytes(range(256)) * 700 + b"odd",
        "weights": random.normal(0, 0.05, 60_001).astype(np.float32).tobytes(),
        "others": "Größe 王 ".encode() * 5000,
    }


def packed(writer: ModuleType, effort: str) -> bytes:
    out = io.BytesIO()
    with writer.XzWriter(out) as stream:
        for kind, data in parts().items():
            stream.switch(kind, effort)
            stream.write(data)
        assert stream.tell() == sum(map(len, parts().values()))
    return out.getvalue()


@pytest.mark.parametrize("effort", ["quick", "usual", "most"])
def test_python_reads_it(packaging: Callable[[str], ModuleType], effort: str) -> None:
    assert lzma.decompress(packed(packaging("xz_blocks"), effort)) == b"".join(parts().values())


def test_xz_finds_three_whole_blocks(packaging: Callable[[str], ModuleType], tmp_path: Path) -> None:
    file = tmp_path / "x.xz"
    file.write_bytes(packed(packaging("xz_blocks"), "most"))
    subprocess.run([tool("xz"), "--test", str(file)], check=True)
    said = subprocess.run(["xz", "--robot", "--list", str(file)], capture_output=True, text=True, check=True).stdout
    assert said.split("file\t", 1)[1].split("\t")[:2] == ["1", "3"]


def test_weights_are_smaller_as_weights(packaging: Callable[[str], ModuleType]) -> None:
    writer, sizes = packaging("xz_blocks"), {}
    for kind in ("weights", "others"):
        out = io.BytesIO()
        with writer.XzWriter(out) as stream:
            stream.switch(kind, "usual")
            stream.write(parts()["weights"])
        sizes[kind] = len(out.getvalue())
    assert sizes["weights"] < 0.95 * sizes["others"]


def test_large_content_is_cut_into_blocks(
    packaging: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = packaging("xz_blocks")
    monkeypatch.setattr(writer, "LARGEST_BLOCK", 1000)
    out, data = io.BytesIO(), b"abcdefgh" * 400
    with writer.XzWriter(out) as stream:
        for start in range(0, len(data), 100):
            stream.write(data[start : start + 100])
    assert lzma.decompress(out.getvalue()) == data


def test_a_block_that_was_packed_before_is_taken_again_and_forgotten_with_age(
    packaging: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    writer, out = packaging("xz_blocks"), [io.BytesIO(), io.BytesIO()]
    for target in out:
        with writer.XzWriter(target, tmp_path) as stream:
            stream.switch("programs", "quick")
            stream.write(parts()["programs"])
    (kept,) = tmp_path.iterdir()
    assert out[0].getvalue() == out[1].getvalue()
    assert lzma.decompress(out[1].getvalue()) == parts()["programs"]
    assert kept.read_bytes() in out[0].getvalue()
    writer.forget_old(tmp_path, kept.stat().st_mtime - 1)
    assert kept.is_file()
    writer.forget_old(tmp_path, kept.stat().st_mtime + 1)
    assert not kept.exists()
