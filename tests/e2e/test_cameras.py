"""``leukoscope cameras`` as a person types it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "leukoscope", "cameras", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_demo_smear_is_listed_and_gives_a_picture(data_home: Path, tmp_path: Path) -> None:
    assert "demo:1" in _run("list").stdout
    out = tmp_path / "one.png"
    done = _run("snap", "--source", "demo:1", "--out", str(out))
    assert done.returncode == 0, done.stderr
    with Image.open(out) as image:
        assert image.size == (1280, 1024)
    assert "1280 x 1024" in done.stdout


def test_what_cannot_be_done_is_one_sentence(data_home: Path, tmp_path: Path) -> None:
    wrong = _run("snap", "--source", "nonsense", "--out", str(tmp_path / "x.png"))
    assert (wrong.returncode, len(wrong.stderr.strip().splitlines())) == (1, 1)
    assert "no such camera" in wrong.stderr
    assert "PNG or TIFF" in _run("snap", "--source", "demo:1", "--out", str(tmp_path / "x.gif")).stderr
