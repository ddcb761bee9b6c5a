"""Chromium, driven by Playwright, and what is seen in it."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from helpers.tools import needs

TIMEOUT = 60_000
"""Milliseconds until something that must come has come."""
ARGUMENTS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")


@contextmanager
def chromium(*, webgl: bool = True) -> Iterator[Any]:
    """A browser; the test is skipped where there is none, and fails in CI.

    webgl: in software, which makes it draw everything that way; otherwise it is as it is without a graphics card.
    """
    playwright_api = needs("playwright.sync_api")
    binary = needs("chromium")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=binary, args=[*ARGUMENTS, *(WEBGL if webgl else ("--disable-gpu",))]
        )
        yield browser
        browser.close()


class Page:
    """A page of the viewer. complaints: what the browser's console said was wrong, and requests to other hosts."""

    def __init__(self, browser: Any, url: str, *, wait: bool = True, before: str = "", **context: Any) -> None:
        self.context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 720}, "color_scheme": "dark"} | context
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(TIMEOUT)
        self.complaints: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._check)
        if before:
            self.page.add_init_script(before)
        self.page.goto(url)
        if wait:
            self.state("ready")

    def _check(self, request: Any) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
            self.complaints.append(f"asked for {request.url}")

    def state(self, name: str) -> None:
        """Wait until the page is in this state."""
        self.page.locator(f"body[data-state={name}]").wait_for()

    def data(self, name: str) -> str:
        return self.page.evaluate(f"document.body.dataset.{name}")

    def frame(self, position: int) -> None:
        """Wait until this frame is on the screen."""
        self.page.locator(f"body[data-position='{position}']").wait_for()

    def until(self, expression: str) -> None:
        """Wait until this JavaScript is true. Playwright's own way needs eval, which the page's policy forbids."""
        end = time.monotonic() + TIMEOUT / 1000
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, expression
            time.sleep(0.05)

    def settle(self) -> None:
        """Wait until what was asked for is drawn."""
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def pixels(self, selector: str = "#cloud") -> np.ndarray:
        """(H, W, 3) uint8: this element as it is on the screen."""
        from PIL import Image

        self.settle()
        picture = Image.open(io.BytesIO(self.page.locator(selector).screenshot()))
        return np.asarray(picture.convert("RGB"))

    def close(self) -> None:
        self.context.close()


def count(pixels: np.ndarray, colour: Any) -> int:
    """How many of the pixels have exactly this colour."""
    return int((pixels == np.asarray(colour, np.uint8)).all(axis=-1).sum())
