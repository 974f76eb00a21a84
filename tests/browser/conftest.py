"""Chromium on the pages of a running server."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.remote_connection import RemoteConnection

from tests.browser.visitor import PATIENCE, Visitor
from tests.unit.server.conftest import own_address, server
from tests.unit.server.running import Running

__all__ = ["own_address", "server"]


@pytest.fixture
def visit(server: Running) -> Iterator[Callable[..., Visitor]]:
    """Opens a browser of its own for each call, in a language and a theme, of a size in pixels."""
    opened: list[Chrome] = []
    # Chromium leaves folders where temporary files go, which for tests is memory.
    folder = tempfile.mkdtemp(prefix="chromium-")

    def one(language: str = "en", theme: str = "dark", width: int = 1440, height: int = 900) -> Visitor:
        options = ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = Chrome(options, Service(shutil.which("chromedriver") or "", env={**os.environ, "TMPDIR": folder}))
        opened.append(driver)
        # A browser that answers no more fails its test: by itself a call of it waits for ever.
        assert isinstance(driver.command_executor, RemoteConnection)
        driver.command_executor.client_config.timeout = 2 * PATIENCE
        driver.set_page_load_timeout(PATIENCE)
        driver.set_script_timeout(PATIENCE)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        visitor = Visitor(driver, server.address)
        visitor.prefer(language, theme)
        return visitor

    yield one
    for driver in opened:
        with suppress(WebDriverException, OSError):
            driver.quit()
    shutil.rmtree(folder, ignore_errors=True)
