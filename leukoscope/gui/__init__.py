"""PySide6 and nothing but: pages, widgets, item models, one action table."""
