"""What an action of the window says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QT_TRANSLATE_NOOP

from leukoscope.domain.cell_classes import CELL_CLASSES


class Needs(StrEnum):
    """What must be there for an action to make sense."""

    NOTHING = "nothing"
    BENCH = "bench"
    CASE = "case"
    FRAME = "frame"
    CELL = "cell"


@dataclass(frozen=True)
class Spec:
    """One action.

    Parameters
    ----------
    id
        Stable name.
    menu
        Which menu it is in; also its group in the help overlay.
    text, tip
        Its words, and what it does in one short sentence.
    keys
        Its shortcuts, the first one is shown in the menu.
    icon
        Name of its icon, or empty.
    needs
        What must be there.
    checkable
        Whether it is a switch.
    separated
        Whether a line stands above it in the menu.
    """

    id: str
    menu: str
    text: str
    tip: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    needs: Needs = Needs.NOTHING
    checkable: bool = False
    separated: bool = False


def marked(text: str) -> str:
    """A text that a person can see, for the catalogs; it is translated where it is shown."""
    return str(QT_TRANSLATE_NOOP("Actions", text))


CASE, EDIT, CELL, VIEW, HELP = marked("Case"), marked("Edit"), marked("Cell"), marked("View"), marked("Help")
MENUS = (CASE, EDIT, CELL, VIEW, HELP)
MAP_KEYS = tuple(f"map_{number}" for number in range(1, 10))
CLASS_CODES = tuple(CELL_CLASSES)
CLASS_KEYS = tuple(f"class_{code}" for code in CLASS_CODES)
