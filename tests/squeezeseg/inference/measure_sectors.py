"""How many points have the same label whether a turn is labelled in sectors or as a whole, and what a sector costs.

    python tests/squeezeseg/inference/measure_sectors.py DRIVE --model fast --precision int8

Prints as JSON, over all scans of the drive but the first, the share of points whose label is the whole turn's: as the
sectors were labelled first, and as the sectors beside them revised them; the worst scan's; IoU by class of the revised
labels with those of the whole turn; and the processor's time for a sector and for a turn. Not a test: it measures.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT)]

from data.labels import CLASSES
from data.sources import open_source
from data.turn_sector import cut_turn
from squeezeseg import Segmenter
from squeezeseg.inference.labelled_sector import brought_up_to_date
from squeezeseg.inference.turn_sectors import CONTEXT, REVISED, SectorLabeller


def measure(options: argparse.Namespace) -> dict:
    source = open_source(options.drive)
    whole = Segmenter.load(options.model, sensor=source.sensor, engine="openvino", precision=options.precision)
    labeller = SectorLabeller(whole, options.sectors, options.context, options.revised)
    whole(source.scan(source.frames[0]))
    first, revised, of_sector, of_turn = [], [], [], []
    both = np.zeros((len(CLASSES), 2))
    for turn, frame in enumerate(source.frames):
        scan = source.scan(frame)
        began = time.process_time()
        truth = whole(scan).labels
        of_turn.append(time.process_time() - began)
        at_once, newest = [], []
        for sector in cut_turn(scan, turn, options.sectors, source.sensor):
            began = time.process_time()
            labelled = labeller(sector)
            of_sector.append(time.process_time() - began)
            at_once.append(labelled)
            newest = brought_up_to_date(newest, labelled)
        if turn == 0:
            continue
        first.append((labeller.turn(at_once).labels == truth).mean())
        labels = labeller.turn(newest).labels
        revised.append((labels == truth).mean())
        for k in range(len(CLASSES)):
            found, true = labels == k, truth == k
            both[k] += (found & true).sum(), (found | true).sum()
    p50, p99 = np.percentile(of_sector[options.sectors :], (50, 99)) * 1e3
    return {
        "at_once": round(float(np.mean(first)), 5),
        "revised": round(float(np.mean(revised)), 5),
        "worst": round(float(min(revised)), 5),
        "iou": {name: round(a / b, 4) if b else None for name, (a, b) in zip(CLASSES, both.tolist(), strict=True)},
        "cpu_ms": {"sector": round(p50, 2), "sector_p99": round(p99, 2), "turn": round(np.median(of_turn) * 1e3, 2)},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drive", type=Path)
    parser.add_argument("--model", default="fast")
    parser.add_argument("--precision", default="int8")
    parser.add_argument("--sectors", type=int, default=8)
    parser.add_argument("--context", type=int, default=CONTEXT)
    parser.add_argument("--revised", type=int, default=REVISED)
    print(json.dumps(measure(parser.parse_args()), indent=2))
