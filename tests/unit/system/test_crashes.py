"""A fault leaves a report behind, and nobody's name is in it."""

from __future__ import annotations

import ast
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from leukoscope.system.crashes import CrashLog, fault_report, frames_of, start_trail

PATIENT = "Müllerová"


@pytest.fixture
def trail(tmp_path: Path) -> Iterator[logging.Logger]:
    root = logging.getLogger("leukoscope")
    before, level = list(root.handlers), root.level
    root.setLevel(logging.INFO)
    start_trail(tmp_path)
    yield root
    for handler in [one for one in root.handlers if one not in before]:
        handler.close()
        root.removeHandler(handler)
    root.setLevel(level)


def _fails(name: str) -> None:
    try:
        int(name)
    except ValueError as error:
        raise FileNotFoundError(f"/data/{name}.png") from error


def test_an_error_keeps_its_kinds_and_places_and_none_of_its_words() -> None:
    with pytest.raises(FileNotFoundError) as caught:
        _fails(PATIENT)
    text = frames_of(caught.value)
    assert "builtins.ValueError" in text
    assert "builtins.FileNotFoundError" in text
    assert "in _fails" in text
    assert PATIENT not in text
    assert str(Path.home()) not in text


def test_the_report_of_a_fault_holds_no_patient_data(tmp_path: Path, trail: logging.Logger) -> None:
    told: list[bool] = []
    crashes = CrashLog(tmp_path)
    crashes.watch(lambda: told.append(True))
    try:
        _fails(PATIENT)
    except FileNotFoundError as error:
        trail.warning("image refused: %s", f"{PATIENT}.png", exc_info=error)
        sys.excepthook(type(error), error, error.__traceback__)
    crashes.close()
    report = fault_report(tmp_path, {"LeukoScope": "1.2.3"})
    assert told == [True]
    assert "image refused: %s" in report
    assert "1.2.3" in report
    assert report.count("in _fails") >= 2
    assert PATIENT not in report


def test_a_run_that_died_is_known_at_the_next_start(tmp_path: Path) -> None:
    code = (
        "import faulthandler, pathlib, sys\n"
        "from leukoscope.system.crashes import CrashLog\n"
        "crashes = CrashLog(pathlib.Path(sys.argv[1]))\n"
        "crashes.watch(lambda: None)\n"
        "faulthandler._sigsegv()\n"
    )
    died = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, check=False)
    assert died.returncode != 0
    again = CrashLog(tmp_path)
    assert again.crashed_before
    again.close()
    assert "Segmentation fault" in fault_report(tmp_path, {})
    third = CrashLog(tmp_path)
    assert not third.crashed_before
    third.close()


def test_every_logged_sentence_is_a_constant(repository: Path) -> None:
    """The trail keeps the sentence before its values are filled in: a value must not be in it already."""
    kinds = {"debug", "info", "warning", "error", "exception", "critical"}
    for path in (repository / "leukoscope").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in kinds:
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id in {"logger", "logging", "log"}:
                    assert isinstance(node.args[0], ast.Constant), f"{path.name}:{node.lineno}"
