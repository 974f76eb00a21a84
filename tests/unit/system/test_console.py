"""Printing never raises: any code page, a reader that has gone, no console at all."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from leukoscope.system import console
from leukoscope.system.console import Forgiving, make_output_safe

TEXT = "“细胞/Größe µm \udce9.png”: Ольга"


def run(code: str, *, encoding: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    return subprocess.run([sys.executable, "-c", code], check=False, env=environment, timeout=60, **options)  # type: ignore[call-overload]


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "utf-8", "cp932", "utf-16", "ascii:strict"])
def test_any_text_prints_in_any_code_page(encoding: str) -> None:
    code = (
        "import sys; from leukoscope.system.console import make_output_safe; make_output_safe()\n"
        f"print({TEXT!a}); print({TEXT!a}, file=sys.stderr); print('done')"
    )
    result = run(code, encoding=encoding, capture_output=True)
    assert result.returncode == 0, result.stderr
    assert b"Traceback" not in result.stderr
    assert "done" in result.stdout.decode(encoding.partition(":")[0])


def test_what_a_code_page_lacks_is_an_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252"))
    make_output_safe()
    print("细 µ \udce9")
    sys.stdout.flush()
    assert raw.getvalue().rstrip() == b"\\u7ec6 \xb5 \\udce9"


def test_a_reader_that_has_gone_costs_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from leukoscope.system.console import make_output_safe; make_output_safe()\n"
        "for _ in range(20_000): print('x' * 60)\n"
        f"open({str(tmp_path / 'done')!r}, 'w').close()"
    )
    reading, writing = os.pipe()
    os.close(reading)
    result = run(code, encoding="utf-8", stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert result.returncode == 0, result.stderr
    assert result.stderr == b""
    assert (tmp_path / "done").exists(), "the work went on"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_disk_costs_nothing() -> None:
    code = "from leukoscope.system.console import make_output_safe; make_output_safe(); print('x' * 100_000)"
    with Path("/dev/full").open("wb") as full:
        result = run(code, encoding="utf-8", stdout=full, stderr=subprocess.PIPE)
    assert (result.returncode, result.stderr) == (0, b"")


def test_no_console_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    make_output_safe()
    print("nobody hears it")
    assert not sys.stderr.isatty()
    sys.stderr.flush()


def test_closed_streams_and_odd_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    stream = Forgiving(closed)
    assert stream.write("x") == 1
    stream.flush()
    assert not stream.isatty()

    class Narrow(io.StringIO):
        encoding = "ascii"

        def write(self, text: str) -> int:
            text.encode("ascii")
            return super().write(text)

    narrow = Narrow()
    stream = Forgiving(narrow)
    stream.writelines(["é", "e"])
    assert narrow.getvalue() == "\\xe9e"
    monkeypatch.setattr(sys, "stdout", narrow)
    make_output_safe()
    once = sys.stdout
    make_output_safe()
    assert sys.stdout is once and isinstance(once, console.Forgiving)
