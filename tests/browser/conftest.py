"""Chromium on the pages of a running server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tests.browser.visitor import Visitor
from tests.unit.server.conftest import server
from tests.unit.server.running import Running

__all__ = ["server"]


@pytest.fixture
def visit(server: Running) -> Iterator[Callable[..., Visitor]]:
    """Opens a browser of its own for each call, in a language and a theme, of a size in pixels."""
    opened: list[Chrome] = []

    def one(language: str = "en", theme: str = "dark", width: int = 1440, height: int = 900) -> Visitor:
        options = ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = Chrome(options, Service(shutil.which("chromedriver") or ""))
        opened.append(driver)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        visitor = Visitor(driver, server.address)
        visitor.prefer(language, theme)
        return visitor

    yield one
    for driver in opened:
        driver.quit()
