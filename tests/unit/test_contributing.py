"""The recipes of CONTRIBUTING.md: at most five files each, and those that they change are there."""

from __future__ import annotations

import re
from pathlib import Path

STEP = re.compile(r"^\d+\. (.*?)(?=^\d+\. |^\S|\Z)", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w./-]+/[\w.-]+\.\w+)`")


def recipes(repository: Path) -> dict[str, list[str]]:
    """Title of each recipe -> its steps."""
    text = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n# Recipes\n")[2]
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return {title: STEP.findall(body) for title, body in zip(parts[::2], parts[1::2], strict=True)}


def test_each_recipe_changes_at_most_five_files(repository: Path) -> None:
    found = recipes(repository)
    assert {"An explanation method", "An export format", "A camera"} <= set(found)
    assert all(1 <= len(steps) <= 5 for steps in found.values()), {title: len(steps) for title, steps in found.items()}


def test_the_files_that_recipes_name_are_there(repository: Path) -> None:
    named = [path for steps in recipes(repository).values() for step in steps for path in NAMED.findall(step)]
    assert len(named) >= 15
    known = [path for path in named if "NAME" not in path]
    missing = [one for one in known if not any((repository / root / one).exists() for root in ("", "leukoscope"))]
    assert not missing
