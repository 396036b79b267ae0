"""Chromium, driven like a person would: by what is written on the buttons and beside the fields."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.wait import WebDriverWait

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
CHROMEDRIVER = os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver")
# A folder to keep pictures of the pages in; none are taken without it.
SHOTS = os.environ.get("BROWSER_SHOTS", "")
WAIT_SECONDS = 15

ANOTHER_PAGE_IS_LOADED = "return performance.timeOrigin !== arguments[0] && document.readyState === 'complete'"

_SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,1100",
)


def missing_browser() -> str:
    """What is missing to drive Chromium; empty when nothing is."""
    return " and ".join(path for path in (CHROMIUM, CHROMEDRIVER) if not Path(path).exists())


class Browser:
    """One window with a fresh profile, which is removed at the end."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.language = "en"
        self.profile = tempfile.mkdtemp(prefix="chromium-")
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for switch in (*_SWITCHES, f"--user-data-dir={self.profile}"):
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def open(self, path: str) -> None:
        self.driver.get(self.origin + path)

    def find(self, css: str) -> WebElement:
        """The element, once it is there."""
        present = expected_conditions.presence_of_element_located((By.CSS_SELECTOR, css))
        return WebDriverWait(self.driver, WAIT_SECONDS).until(present)

    def type(self, name: str, text: str) -> None:
        """Replace the text of the field ``name``, opening the section that it is folded away in."""
        field = self.find(f'[name="{name}"]')
        self.driver.execute_script("arguments[0].closest('details')?.setAttribute('open', '')", field)
        field.clear()
        field.send_keys(text)

    def choose(self, name: str, label: str) -> None:
        """Choose the option whose text begins with ``label``."""
        for option in self.find(f'select[name="{name}"]').find_elements(By.TAG_NAME, "option"):
            if option.text.startswith(label):
                option.click()
                return
        raise AssertionError(f"{name} does not offer {label}.")

    def click(self, css: str) -> None:
        """Click, and nothing else: use :meth:`submit` where another page comes."""
        element = self.find(css)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def submit(self, css: str) -> None:
        """Click, and wait for the page that it leads to, with its scripts."""
        began_at = self.driver.execute_script("return performance.timeOrigin")
        self.click(css)
        # Not by an element of the old page: asked for one while pages change, the driver fails in several ways. The
        # script may be cut off by the change too; then it is run again.
        wait = WebDriverWait(self.driver, WAIT_SECONDS, ignored_exceptions=[WebDriverException])
        wait.until(lambda driver: driver.execute_script(ANOTHER_PAGE_IS_LOADED, began_at))

    def text(self, css: str = "body") -> str:
        return self.find(css).text

    def rows(self) -> list[str]:
        """The first cell of each row of the list that is shown."""
        return [cell.text for cell in self.driver.find_elements(By.CSS_SELECTOR, "#result_list tbody th")]

    def complaints(self) -> list[str]:
        """What the browser's console says went wrong, such as a script that is refused or missing."""
        entries = self.driver.get_log("browser")
        severe = [entry["message"] for entry in entries if entry["level"] == "SEVERE"]
        # Asked for by the browser itself; whether there is one is the host's business.
        return [message for message in severe if "/favicon.ico" not in message]

    def shoot(self, name: str) -> None:
        """Keep a picture of the whole page where ``BROWSER_SHOTS`` says."""
        if not SHOTS:
            return
        height = self.driver.execute_script("return document.documentElement.scrollHeight")
        self.driver.set_window_size(1400, max(900, min(int(height) + 120, 6_000)))
        self.driver.save_screenshot(str(Path(SHOTS) / f"{name}.png"))
        self.driver.set_window_size(1400, 1100)
