"""Where a file dialog begins that belongs to a part without a session: in the folder of the last images."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

_PROPERTY = "folder of the last images"


def note_start(window: QWidget, folder: str) -> None:
    """The last images came from this folder; empty when none have come."""
    window.setProperty(_PROPERTY, folder)


def start_of(widget: QWidget, chosen: str = "") -> str:
    """The folder that a dialog over a widget's window begins in.

    Parameters
    ----------
    widget
        Who asks.
    chosen
        What stands in its field already; it goes before.
    """
    return chosen or str(widget.window().property(_PROPERTY) or Path.home())
