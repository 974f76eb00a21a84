"""What parts of the program find by name at run time, as far as the staged sources have those parts."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

DATA_SUFFIXES = {".json", ".qm", ".svg", ".xsd", ".csv", ".toml", ".ttf", ".txt"}


def data_files(staged: Path) -> list[tuple[str, str]]:
    """Every file of the package that is not Python, with the folder it goes to."""
    package = staged / "leukoscope"
    return [
        (str(path), str(path.parent.relative_to(staged)))
        for path in sorted(package.rglob("*"))
        if path.is_file() and path.suffix in DATA_SUFFIXES
    ]


def _mentions(staged: Path, word: str) -> bool:
    return any(word in path.read_text(encoding="utf-8") for path in (staged / "leukoscope").rglob("*.py"))


def hidden_imports(staged: Path) -> list[str]:
    """Modules that are imported by a name computed at run time."""
    from PyInstaller.utils.hooks import collect_submodules

    found: list[str] = []
    if _mentions(staged, "psycopg"):
        found += ["sqlalchemy.dialects.postgresql.psycopg", "psycopg", "psycopg_binary"]
        found += collect_submodules("psycopg") if find_spec("psycopg") else []
    if _mentions(staged, "argon2"):
        found += ["argon2", "_argon2_cffi_bindings", "_cffi_backend"]
    if _mentions(staged, "fhir.resources.R4B"):
        found += collect_submodules("fhir.resources.R4B", filter=lambda name: ".tests" not in name)
    if _mentions(staged, "import uvicorn"):
        # Its loop and its protocols are named in settings.
        found += collect_submodules("uvicorn") if find_spec("uvicorn") else []
    if _mentions(staged, "hl7apy"):
        # Each version of HL7 is a module that is named by what a message says of itself.
        found += collect_submodules("hl7apy")
    return found


LISTED = ("hl7apy",)
"""Packages that look for their own modules in their folder: these lie on the disk, not in the program's archive."""


def package_files(staged: Path) -> list[tuple[str, str]]:
    """Data of other people's packages that they open beside their code."""
    from PyInstaller.utils.hooks import collect_data_files

    return [one for name in ("highdicom",) if _mentions(staged, name) for one in collect_data_files(name)]
