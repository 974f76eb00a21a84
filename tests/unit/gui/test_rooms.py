"""A controller uses what it is given, and never the parts of it; the window is layout; one list of pages."""

from __future__ import annotations

import ast
import inspect
import textwrap
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from leukoscope.gui import actions, compose, composition
from leukoscope.gui.composition import Controllers
from leukoscope.gui.controllers.action_state import ActionState
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.page import Page

GUI = Path(compose.__file__).parent
KNOW_THE_WINDOW = {"compose.py", "composition.py", "program.py", "app.py", "main_window.py"}
KINDS: list[type[Controller]] = [*get_type_hints(Controllers).values(), ActionState]
LONGEST_WINDOW = 200


def _given(kind: type[Controller]) -> dict[str, type[QObject]]:
    """Attributes of a controller -> the class of what it was given for them."""
    hints = get_type_hints(kind.__init__, vars(inspect.getmodule(kind)))
    given = {name: one for name, one in hints.items() if inspect.isclass(one) and issubclass(one, QObject)}
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind.__init__)))
    found: dict[str, type[QObject]] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            for left, right in zip(names, values, strict=False):
                if isinstance(left, ast.Attribute) and isinstance(right, ast.Name) and right.id in given:
                    found[left.attr] = given[right.id]
    return found


@pytest.mark.parametrize("kind", KINDS, ids=lambda one: one.__name__)
def test_a_controller_reaches_through_nothing_that_it_is_given(kind: type[Controller]) -> None:
    given = _given(kind)
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Attribute):
            continue
        inner = node.value
        if isinstance(inner.value, ast.Name) and inner.value.id == "self" and inner.attr in given:
            owner = given[inner.attr]
            # A part is made in ``__init__``; what a class offers to others is declared by the class. A sheet says
            # itself which of its parts others may have (see the sheets).
            offers = hasattr(owner, node.attr) or not issubclass(owner, Page)
            assert offers, f"{kind.__name__} reaches through {inner.attr} to its {node.attr}"


@pytest.mark.parametrize("path", sorted(GUI.rglob("*.py")), ids=lambda path: str(path.relative_to(GUI)))
def test_nobody_holds_the_window(path: Path) -> None:
    if path.name in KNOW_THE_WINDOW:
        return
    imported = [
        alias.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("leukoscope.gui")
        for alias in node.names
    ]
    assert "MainWindow" not in imported


def test_the_window_is_layout_only() -> None:
    lines = (GUI / "main_window.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < LONGEST_WINDOW
    assert not any("bridge" in line or "workflow" in line for line in lines)


def test_pages_say_themselves_what_they_are_and_stand_in_the_order_of_their_keys() -> None:
    made: dict[str, Any] = {
        name: one
        for name, one in vars(composition).items()
        if inspect.isclass(one) and issubclass(one, Page) and one is not Page
    }
    assert {one.name for one in made.values()} == set(actions.PAGES)
    for one in made.values():
        assert issubclass(one, QWidget) and one.icon and isinstance(one.needs_case, bool)
        assert one.focus_target is not Page.focus_target or one.name == "live"
