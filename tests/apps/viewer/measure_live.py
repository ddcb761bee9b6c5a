"""What a browser sees of a live stream, and what the stream costs meanwhile.

    python tests/apps/viewer/measure_live.py DRIVE --rate 10 --view front --model fast

Starts `squeezeseg live DRIVE --show` with the arguments given and a headless Chromium on the same cores, and prints, as
JSON, the frames that were labelled and seen from the browser's first to its last, rates, latencies, and the memory
and threads of the process. Not a test: it measures.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from reference.browser import Page, chromium  # noqa: E402

WARM = 10.0
"""Seconds after which memory must no longer grow."""


def measure(arguments: list[str]) -> dict:
    command = [sys.executable, "-m", "apps", "live", *arguments, "--show", "--no-browser", "--json"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    url = next(found[1] for line in process.stderr if (found := re.search(r"page: (\S+)", line)))
    threading.Thread(target=process.stderr.read, daemon=True).start()
    lines: list[dict] = []
    threading.Thread(target=lambda: lines.extend(map(json.loads, process.stdout)), daemon=True).start()
    usage, looks = psutil.Process(process.pid), []
    with chromium() as browser:
        page = Page(browser, url, wait=False)
        frame = next((f for f in page.page.frames if "viewer" in f.url), page.page.main_frame)
        while process.poll() is None:
            try:
                frame = next((f for f in page.page.frames if "viewer" in f.url), frame)
                data = dict(frame.evaluate("({...document.body.dataset})"))
                looks.append(
                    {"time": time.monotonic(), "rss": usage.memory_info().rss, "threads": usage.num_threads(), **data}
                )
            except Exception as error:  # the page is loading, or the stream has ended
                last = str(error)
            time.sleep(0.25)
    seen = [look for look in looks if int(look.get("seen", 0) or 0) > 0]
    if not seen:
        raise SystemExit(f"the browser saw nothing: {last if not looks else looks[-1]}")
    first, final = seen[0], seen[-1]
    shown = int(final["seen"]) - int(first["seen"])
    skipped = int(final["skipped"]) - int(first["skipped"])
    settled = [look for look in looks if look["time"] >= looks[0]["time"] + WARM] or looks[-1:]
    return {
        "seen": shown,
        "missed": skipped,
        "seen_share": round(shown / max(shown + skipped, 1), 4),
        "seen_fps": round(shown / max(final["time"] - first["time"], 1e-9), 2),
        "seconds": round(final["time"] - first["time"], 1),
        "rss_mib": [round(look["rss"] / 2**20, 1) for look in (looks[0], settled[0], looks[-1])],
        "rss_growth_mib": round((looks[-1]["rss"] - settled[0]["rss"]) / 2**20, 1),
        "rss_peak_after_warm_up_mib": round(max(look["rss"] for look in settled) / 2**20, 1),
        "threads": [settled[0]["threads"], looks[-1]["threads"]],
        "status": process.returncode,
        "stream": lines[-1] if lines else None,
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1:]), indent=2))
