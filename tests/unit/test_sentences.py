"""Sentences claim what was found out and say what to do; the log alone is no answer."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

NO_ANSWER = re.compile(r"\b(the log says|look at the log|see the log|in the log)\b", re.IGNORECASE)
A_GUESS = re.compile(r"\bor it is damaged|damaged or not\b|not enough memory\?", re.IGNORECASE)


@cache
def texts(file: Path) -> list[str]:
    """Every text of a module that is no documentation, filled-in places as ``{}``."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    inside |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
        elif isinstance(node, ast.JoinedStr):
            found.append("".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values))
    return found


@pytest.mark.parametrize("rule", [NO_ANSWER, A_GUESS])
def test_no_sentence_sends_a_person_to_the_log_or_guesses(rule: re.Pattern[str], repository: Path) -> None:
    files = [one for one in (repository / "leukoscope").rglob("*.py") if one.name != "screenshots.py"]
    assert [(file.name, text) for file in files for text in texts(file) if rule.search(text)] == []
