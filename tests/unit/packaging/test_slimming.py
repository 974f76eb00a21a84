"""A slimmed folder has the same files with the same content where that matters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libraries of Linux are slimmed on Linux")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with a library that carries its debugging words, and a file that is there twice."""
    inside = tmp_path / "program" / "_internal"
    (inside / "part").mkdir(parents=True)
    code = "".join(f"static int inner_{n}(int x) {{ return x + {n}; }} " for n in range(400))
    code += "int answer(void) { return " + " + ".join(f"inner_{n}(0)" for n in range(400)) + "; }"
    (tmp_path / "code.c").write_text(code, encoding="utf-8")
    library = inside / "libanswer.so"
    subprocess.run(["gcc", "-g", "-O0", "-shared", "-fPIC", "-o", library, tmp_path / "code.c"], check=True)
    for name in ("one.bin", "part/two.bin"):
        (inside / name).write_bytes(b"same" * 20_000)
    (inside / "broken.so").write_bytes(b"no library" * 9000)
    return tmp_path / "program"


def test_a_library_gets_smaller_and_still_answers(packaging: Callable[[str], ModuleType], program: Path) -> None:
    library = program / "_internal" / "libanswer.so"
    before = library.stat()
    packaging("slimming").slim(program)
    assert library.stat().st_size < 0.9 * before.st_size
    assert library.stat().st_mode == before.st_mode
    question = f"import ctypes; print(ctypes.CDLL({str(library)!r}).answer())"
    said = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True).stdout
    assert int(said) == sum(range(400))
    assert (program / "_internal" / "broken.so").read_bytes() == b"no library" * 9000
    assert not list(program.rglob("*.thin"))


def test_the_same_content_lies_there_once(packaging: Callable[[str], ModuleType], program: Path) -> None:
    packaging("slimming").slim(program)
    one, two = program / "_internal" / "one.bin", program / "_internal" / "part" / "two.bin"
    assert one.stat().st_ino == two.stat().st_ino
    assert two.read_bytes() == b"same" * 20_000
