"""One table of everything a person can do: menus, shortcuts, tooltips, the help overlay and the tests read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from leukoscope.gui.action_spec import CLASS_CODES, CLASS_KEYS, MAP_KEYS, MENUS, Spec, marked
from leukoscope.gui.bridge_calls import Within
from leukoscope.gui.case_actions import CASE_ACTIONS
from leukoscope.gui.cell_actions import CELL_ACTIONS
from leukoscope.gui.icons import icon
from leukoscope.gui.theme import appearance

SPECS: tuple[Spec, ...] = (*CASE_ACTIONS, *CELL_ACTIONS)


PAGES = tuple(spec.id.removeprefix("show_") for spec in SPECS if spec.id.startswith("show_"))
"""Names of the pages, in the order of their keys."""


def words(text: str) -> str:
    """A text of the table in the person's language."""
    return QCoreApplication.translate("Actions", text)


def key_text(spec: Spec) -> str:
    """All shortcuts of an action as they are written on this system."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(key).toString(native) for key in spec.keys)


def tooltip(spec: Spec) -> str:
    """What the action does, and its keys."""
    keys = key_text(spec)
    return f"{words(spec.tip)} ({keys})" if keys else words(spec.tip)


def reserved_keys() -> dict[str, str]:
    """Single keys that do something else than name a class -> the name of the action, in the person's language."""
    others = (spec for spec in SPECS if spec.id not in CLASS_KEYS)
    return {key: words(spec.text).rstrip("…") for spec in others for key in spec.keys if len(key) == 1}


def with_class_keys(keys: Mapping[str, str]) -> tuple[Spec, ...]:
    """The actions that name a class, with the keys that are in force: code -> key, empty for none."""
    found = {spec.id: spec for spec in SPECS}
    return tuple(replace(found[f"class_{code}"], keys=(keys[code],) if keys[code] else ()) for code in CLASS_CODES)


def build_actions(window: QMainWindow) -> dict[str, QAction]:
    """Make the actions of the table and give them to a window; they do nothing yet."""
    actions: dict[str, QAction] = {}
    for spec in SPECS:
        action = QAction(words(spec.text), window)
        action.setObjectName(spec.id)
        show_keys(action, spec)
        action.setStatusTip(words(spec.tip))
        action.setCheckable(spec.checkable)
        # A key that is held labels one cell, not all that come after it.
        action.setAutoRepeat(not spec.id.startswith(("label_", "class_")))
        window.addAction(action)
        actions[spec.id] = action
    ActionIcons(actions, window)
    return actions


def show_keys(action: QAction, spec: Spec) -> None:
    """Give an action its keys, and say them in its tooltip."""
    action.setToolTip(tooltip(spec))
    action.setShortcuts([QKeySequence(key) for key in spec.keys])


def connect_actions(
    actions: Mapping[str, QAction], handlers: Mapping[str, Callable[[], object]], within: Within
) -> None:
    """Let each action of the table do what it is for, inside of ``within``; each needs its handler."""

    def run(handler: Callable[[], object]) -> None:
        with within():
            handler()

    for spec in SPECS:
        actions[spec.id].triggered.connect(lambda _checked=False, handler=handlers[spec.id]: run(handler))


class ActionIcons(QObject):
    """Draws the icons of actions in the colors of the theme in use, for as long as their window is there.

    The theme outlives a window that is opened anew in the same program, and would go on telling a mere function.
    """

    def __init__(self, actions: Mapping[str, QAction], window: QMainWindow) -> None:
        super().__init__(window)
        self._actions = actions
        appearance().changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        for spec in SPECS:
            if spec.icon:
                self._actions[spec.id].setIcon(icon(spec.icon))


def fill_menus(window: QMainWindow, actions: Mapping[str, QAction]) -> None:
    """Give the window its menu bar."""
    bar = window.menuBar()
    titles = _with_letters([words(name) for name in MENUS])
    menus: dict[str, QMenu] = {name: bar.addMenu(title) for name, title in zip(MENUS, titles, strict=True)}
    maps, classes = QMenu(words(marked("Show map")), window), QMenu(words(marked("Name the class")), window)
    for spec in SPECS:
        menu = menus[spec.menu]
        if spec.separated:
            menu.addSeparator()
        inner = maps if spec.id in MAP_KEYS else classes if spec.id in CLASS_KEYS else None
        if inner is not None:
            inner.addAction(actions[spec.id])
            if spec.id in {MAP_KEYS[0], CLASS_KEYS[0]}:
                menu.addMenu(inner)
            continue
        menu.addAction(actions[spec.id])


def _with_letters(titles: list[str]) -> list[str]:
    """Give each menu a letter of its own, so that Alt and the letter open it in any language."""
    taken: set[str] = set()
    result = []
    for title in titles:
        free = (place for place, one in enumerate(title) if one.isalpha() and one.casefold() not in taken)
        place = next(free, len(title))
        taken.add(title[place : place + 1].casefold())
        result.append(f"{title[:place]}&{title[place:]}" if place < len(title) else title)
    return result
