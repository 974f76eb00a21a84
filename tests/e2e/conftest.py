"""The real window for the tests that go the whole way."""

from tests.gui.conftest import cell_files, home, open_window, window

__all__ = ["cell_files", "home", "open_window", "window"]
