"""Pictures of the viewer as a browser shows it, for the README and for whoever wants to look at a change.

    python tests/apps/viewer/screenshot.py out.png --look light --size 1280x720 --keys "n j" -- DRIVE --predictions RUN

Starts `squeezeseg view` with the arguments after `--`, Streamlit's page included, and a headless Chromium; presses the
keys one after the other, clicks what the CSS selectors given by --click name, and saves what is seen. With --settle the
picture is taken when all frames have been segmented, so that the timeline is full.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from helpers.browser import Page, chromium


def take(options: argparse.Namespace) -> list[str]:
    """Save the picture; what the browser complained about."""
    command = [sys.executable, "-m", "apps", "view", *options.view, "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, cwd=Path.cwd(), stdout=subprocess.PIPE, text=True)
    try:
        url = next(found[1] for line in process.stdout if (found := re.search(r"page: (\S+)", line)))
        width, height = map(int, options.size.split("x"))
        with chromium(webgl=False) as browser:
            context = {"viewport": {"width": width, "height": height}, "color_scheme": options.look}
            page = Page(browser, url, wait=False, **context)
            inside = page.page.frame_locator("iframe")
            inside.locator("body[data-state=ready]").wait_for()
            frame = next(frame for frame in page.page.frames if "viewer" in frame.url)
            if options.settle:
                while frame.evaluate("!document.body.dataset.complete"):
                    time.sleep(0.3)
            for key in options.keys.split():
                page.page.keyboard.press(key)
                time.sleep(0.3)
            for selector in options.click:
                inside.locator(selector).first.click()
                time.sleep(0.3)
            inside.locator("body[data-state=ready]").wait_for()
            time.sleep(options.wait)
            page.page.screenshot(path=options.out)
            return page.complaints
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, help="the picture, .png")
    parser.add_argument("view", nargs="+", help="arguments of 'squeezeseg view', after --")
    parser.add_argument("--look", choices=("dark", "light"), default="dark")
    parser.add_argument("--size", default="1280x720", help="of the window, WIDTHxHEIGHT")
    parser.add_argument("--keys", default="", help="to press, divided by blanks, as Playwright calls them")
    parser.add_argument("--click", action="append", default=[], metavar="SELECTOR")
    parser.add_argument("--settle", action="store_true", help="wait until all frames are segmented")
    parser.add_argument("--wait", type=float, default=0.5, help="seconds before the picture is taken")
    sys.exit("\n".join(take(parser.parse_args())) or None)
