"""The fonts of the window: the same family that the report prints."""

from __future__ import annotations

from leukoscope.reports.fonts import ui_font_files

__all__ = ["ui_font_files"]
