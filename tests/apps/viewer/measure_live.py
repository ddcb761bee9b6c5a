"""What a browser sees of a live stream, and what the stream costs meanwhile.

    python tests/apps/viewer/measure_live.py DRIVE --rate 10 --view front --model fast

Starts `squeezeseg live DRIVE --show` with the arguments given and, on the same cores, a headless Chromium without a
GPU. Prints as JSON the frames that were seen from the browser's first to its last, rates, latencies, and the memory and
threads of the process. Not a test: it measures.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median

import psutil

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from helpers.browser import Page, chromium

WARM = 10.0
"""Seconds after which memory should no longer grow."""


def measure(arguments: list[str]) -> dict:
    command = [sys.executable, "-m", "apps", "live", *arguments, "--show", "--no-browser", "--json"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    url = next(found[1] for line in process.stderr if (found := re.search(r"page: (\S+)", line)))
    threading.Thread(target=process.stderr.read, daemon=True).start()
    lines: list[dict] = []
    threading.Thread(target=lambda: lines.extend(map(json.loads, process.stdout)), daemon=True).start()
    usage, looks = psutil.Process(process.pid), []
    with chromium(webgl=False) as browser:
        page = Page(browser, url, wait=False)
        frame = next((f for f in page.page.frames if "viewer" in f.url), page.page.main_frame)
        while process.poll() is None and not (lines and lines[-1]["state"] == "ended"):
            try:
                frame = next((f for f in page.page.frames if "viewer" in f.url), frame)
                data = dict(frame.evaluate("({...document.body.dataset})"))
                looks.append(
                    {"time": time.monotonic(), "rss": usage.memory_info().rss, "threads": usage.num_threads(), **data}
                )
            except Exception as error:  # the page is loading, or the stream has ended
                last = str(error)
            time.sleep(0.25)
    process.terminate()  # the page would stay
    seen = [look for look in looks if int(look.get("seen", 0) or 0) > 0]
    if not seen:
        raise SystemExit(f"the browser saw nothing: {last if not looks else looks[-1]}")
    first, final = seen[0], seen[-1]
    shown = int(final["seen"]) - int(first["seen"])
    skipped = int(final["skipped"]) - int(first["skipped"])
    busy = [look for look in looks if first["time"] <= look["time"] <= final["time"]]
    settled = [look for look in busy if look["time"] >= first["time"] + WARM] or busy[-1:]
    tenth = max(1, len(settled) // 10)
    early, late = ([look["rss"] / 2**20 for look in part] for part in (settled[:tenth], settled[-tenth:]))
    return {
        "seen": shown,
        "missed": skipped,
        "seen_share": round(shown / max(shown + skipped, 1), 4),
        "seen_fps": round(shown / max(final["time"] - first["time"], 1e-9), 2),
        "seconds": round(final["time"] - first["time"], 1),
        "rss_mib": {"early": round(median(early), 1), "late": round(median(late), 1)},
        "rss_peak_mib": round(max(look["rss"] for look in busy) / 2**20, 1),
        "threads": [settled[0]["threads"], settled[-1]["threads"]],
        "status": process.returncode,
        "stream": lines[-1] if lines else None,
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1:]), indent=2))
