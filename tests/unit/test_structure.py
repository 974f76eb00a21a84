"""Files stay small enough to be read at once."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("leukoscope", "training", "tests", "resources")
MOST_LINES = 350


def test_no_file_is_over_350_lines() -> None:
    """Where one grows longer, ask which two reasons to change it has, and divide it by them."""
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    assert len(files) > 900
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_a_decision_has_a_number_of_its_own() -> None:
    """The number in the file's name and in its heading, and no other decision's."""
    numbers: list[int] = []
    for path in sorted((ROOT / "docs" / "adr").glob("*.md")):
        number = int(path.name.split("-")[0])
        heading = path.read_text(encoding="utf-8").splitlines()[0]
        assert heading.startswith((f"# {number}.", f"# ADR {number}", f"# {number:04d}")), path.name
        numbers.append(number)
    assert numbers == list(range(1, len(numbers) + 1))
