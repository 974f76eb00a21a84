"""What the program is for, in the person's language: it stands in the window wherever results do."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

PURPOSE = "Decision support for research and evaluation, not a medical device."


def purpose() -> str:
    """The sentence."""
    return QCoreApplication.translate("Purpose", PURPOSE)
