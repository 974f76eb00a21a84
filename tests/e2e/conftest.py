"""The real window for the tests that go the whole way."""

from tests.gui.conftest import (
    cell_files,
    cell_pngs,
    dark,
    home,
    kept,
    look,
    open_quiet,
    open_window,
    quiet_home,
    window,
)

__all__ = [
    "cell_files", "cell_pngs", "dark", "home", "kept", "look", "open_quiet", "open_window", "quiet_home", "window",
]  # fmt: skip
