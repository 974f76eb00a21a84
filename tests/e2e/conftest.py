"""The real window for the tests that go the whole way."""

from tests.gui.conftest import (
    cell_files,
    cell_pngs,
    dark,
    home,
    kept,
    kept_engine,
    look,
    open_quiet,
    open_window,
    quiet_home,
    warm_engine,
    window,
)

__all__ = [
    "cell_files", "cell_pngs", "dark", "home", "kept", "kept_engine", "look", "open_quiet", "open_window", "quiet_home",
    "warm_engine", "window",
]  # fmt: skip
