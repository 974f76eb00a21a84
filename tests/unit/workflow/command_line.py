"""Commands as a person types them, with what is asked for on the way."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from leukoscope.cli.main import main
from tests.unit.workflow.scene import PASSWORD

NEW = "another sentence"


def run(monkeypatch: pytest.MonkeyPatch, words: list[str], password: str = PASSWORD) -> int:
    """Type a command, its password, and a new one where it asks for that; gives the exit status."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n{NEW}\n"))
    return main(words)


def issue(monkeypatch: pytest.MonkeyPatch, path: Path, name: str = "Adam", *more: str) -> int:
    """Let the administrator make a token file."""
    return run(monkeypatch, ["--as", "Adam", "people", "token", name, "--to", str(path), *more])
