"""Page of an adaptation: what was found of the sensor, with pictures, as one HTML file that needs nothing else."""

from __future__ import annotations

from html import escape

from apps.adaptation.facts import as_facts, doubts
from apps.adaptation.pictures import images, plots
from apps.adaptation.reading import Estimated
from apps.evaluation.html import facts, picture, whole_page, zoomable

_RULES = "img { max-width: 100%; height: auto }"
_ABOUT = (
    "All of this was read off the scans themselves: no label, no manual and no question was needed. The file beside "
    "this page describes the sensor for every command, as --sensor."
)


def page(found: Estimated, title: str, sensor_file: str, more: str = "") -> str:
    """The whole page. more: HTML of what was done with the sensor."""
    estimate = found.estimate
    sections = [
        f"<h1>{escape(title)}</h1><p class='soft'>{estimate.scans} of {found.frames:,} scans of "
        f"{escape(found.name)}</p><p>{escape(_ABOUT)}</p>"
    ]
    sections += [f"<p class='note'>{escape(doubt)}</p>" for doubt in doubts(estimate)]
    sections.append(f"<section><h2>The sensor</h2>{facts([*as_facts(estimate), ('file', sensor_file)])}</section>")
    middle = found.scans[len(found.scans) // 2]
    strips = zoomable(picture(images(middle, estimate), "a scan as the sensor's range image"))
    sections.append(f"<section><h2>What it sees</h2><p class='soft'>scan {escape(middle.name)}</p>{strips}</section>")
    sections.append(
        f"<section><h2>Beams, ground, intensities</h2>{picture(plots(found.scans, estimate), 'plots')}</section>"
    )
    return whole_page(title, "".join(sections) + more, rules=_RULES)
