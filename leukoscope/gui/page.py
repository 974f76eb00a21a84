"""What every page of the window has."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QWidget


class Page(QWidget):
    """One page of the window; the rail, the stack and the actions ``show_…`` read what it says of itself.

    Attributes
    ----------
    name
        Stable name; its action is ``show_NAME``.
    icon
        Name of its icon in the rail.
    needs_case
        Whether it shows the open case, which is named above it.
    """

    name: ClassVar[str]
    icon: ClassVar[str]
    needs_case: ClassVar[bool] = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")

    def foot(self) -> QWidget | None:
        """A strip at the page's lower edge that messages shall not cover; ``None`` where there is none."""
        return None

    def focus_target(self) -> QWidget | None:
        """What gets the keyboard when the page is shown."""
        return self
