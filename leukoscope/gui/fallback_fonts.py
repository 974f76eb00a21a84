"""Fonts for names in scripts that this computer has none for: the ones that reports are printed with."""

from __future__ import annotations

import logging

from PySide6.QtGui import QFontDatabase

from leukoscope.workflow.fonts import script_font_files

logger = logging.getLogger(__name__)

_System = QFontDatabase.WritingSystem
FILES = {
    _System.SimplifiedChinese: "CJK",
    _System.TraditionalChinese: "CJK",
    _System.Japanese: "CJK",
    _System.Korean: "CJK",
    _System.Arabic: "Arabic",
    _System.Hebrew: "Heebo",
    _System.Devanagari: "Devanagari",
    _System.Thai: "Thai",
    _System.Tamil: "Tamil",
    _System.Telugu: "Telugu",
    _System.Khmer: "Khmer",
}
"""What the name of a script's file contains."""


def add_missing() -> None:
    """Add a font for each script that the system has none for; takes up to 0.2 s: behind the first window."""
    wanted = {part for system, part in FILES.items() if not QFontDatabase.families(system)}
    for path in script_font_files():
        if any(part in path.name for part in wanted) and QFontDatabase.addApplicationFont(str(path)) < 0:
            logger.warning("font not usable: %s", path.name)
