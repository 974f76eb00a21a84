"""The fonts of the window: the same family that the report prints."""

from __future__ import annotations

from leukoscope.reports.fonts import script_font_files, ui_font_files

__all__ = ["script_font_files", "ui_font_files"]
