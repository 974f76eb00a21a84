"""A person at a browser: they press keys, and see what stands on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from axe_core_python.selenium import Axe
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.unit.server.running import PASSWORD

PATIENCE = 60
T = TypeVar("T")
_NO_TROUBLE = ("401 (Unauthorized)", "412 (Precondition Failed)", "autocomplete", "403 (Forbidden)")
"""What Chromium notes of calls that are refused as they should be."""


class Visitor:
    """Somebody with the keyboard.

    Parameters
    ----------
    driver
        Their browser.
    address
        Of the server.
    """

    def __init__(self, driver: Chrome, address: str) -> None:
        self.driver, self.address = driver, address

    def prefer(self, language: str, theme: str) -> None:
        """Choose language and theme as the pages keep them, then begin anew."""
        self.driver.get(f"{self.address}/review/")
        for name, value in (("language", language), ("theme", theme)):
            self.driver.execute_script("localStorage.setItem(arguments[0], arguments[1])", f"leukoscope-{name}", value)
        self.driver.get(f"{self.address}/review/")
        self.see("#name")

    # Keys ------------------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys, wherever the keyboard is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def together(self, held: str, key: str) -> None:
        """Press a key while another is held."""
        ActionChains(self.driver).key_down(held).send_keys(key).key_up(held).perform()

    def tab_to(self, is_it: Callable[[WebElement], bool], most: int = 80) -> None:
        """Go on with Tab until the keyboard is where it shall be."""
        for _ in range(most):
            try:
                if is_it(self.driver.switch_to.active_element):
                    return
            except StaleElementReferenceException:
                # Drawn anew between the two questions.
                continue
            self.press(Keys.TAB)
        raise AssertionError(f"Tab does not lead there; it is at {self.driver.switch_to.active_element.text!r}")

    def sign_in(self, name: str, password: str = PASSWORD) -> None:
        """Sign in by keyboard: the name has it."""
        self.press(name, Keys.TAB, password, Keys.ENTER)

    def open_case(self, number: str) -> None:
        """Find a case in the list and open it, by keyboard."""
        self.see("input[type=search]")
        self.press(number)
        self.until(lambda: [one.text for one in self.all("tbody a")] == [number])
        self.tab_to(lambda one: one.tag_name == "a" and one.text == number)
        self.press(Keys.ENTER)
        self.see(".tile")
        self.see(".why .card")

    # Sight -----------------------------------------------------------------------------------------------------

    def all(self, selector: str) -> list[WebElement]:
        """What a selector finds now."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def see(self, selector: str) -> WebElement:
        """Wait until something is there and shown."""
        return self.until(lambda: next((one for one in self.all(selector) if one.is_displayed()), None))

    def until(self, holds: Callable[[], T | None]) -> T:
        """Wait until something holds."""
        wait = WebDriverWait(self.driver, PATIENCE, 0.05, (StaleElementReferenceException,))
        found: Any = wait.until(lambda _: holds(), f"the page says: {self.status()}; {self.troubles()}")
        return found  # type: ignore[no-any-return]

    def status(self) -> str:
        """What the page said last."""
        return str(self.driver.execute_script("return document.getElementById('live').textContent"))

    def chosen(self) -> int:
        """Key of the cell that is chosen."""
        script = "return document.querySelector('.tile[aria-current]').dataset.cell"
        return int(self.driver.execute_script(script))

    def troubles(self) -> list[str]:
        """What Chromium complains of: faults of scripts, and what the policy of the page refused."""
        entries = [str(one["message"]) for one in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]
        return [one for one in entries if not any(word in one for word in _NO_TROUBLE)]

    def barriers(self) -> list[str]:
        """What axe-core finds, each with where it is."""
        # The judge is a script that no page of ours would let in.
        self.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
        found = Axe().run(self.driver)["violations"]
        return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]
