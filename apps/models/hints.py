"""What to say below a listing of networks."""

from __future__ import annotations

from apps.models.listing import Listing
from squeezeseg.engines import installed
from squeezeseg.networks import metaparameters, zoo


def hints(listing: Listing, *, named: bool) -> list[str]:
    """Lines for people: what else there is, and how to go on."""
    lines = [str(choice) for choice in listing.auto.values()]
    if not named:
        others = ", ".join(f"+{head}" for head in zoo.heads("mobilenetv2"))
        lines.append(f"Heads: {others} behind any backbone; behind espnet-c +espnet.")
        lines.append("Metaparameters, behind an @, with their usual values:")
        for name, make in zoo.BACKBONES.items():
            if known := metaparameters.known(make):
                lines.append(f"  {name}@" + ",".join(f"{key}={metaparameters.written(v)}" for key, v in known.items()))
    if any(one.key not in listing.counts for one in listing.entries) and not installed("torch"):
        lines.append("Counting needs PyTorch: pip install 'squeezeseg[train]'")
    if listing.trained and not named and not any(one.model.card.checksum in listing.speeds for one in listing.trained):
        lines.append("ms: nobody has measured them here yet; --measure does")
    lines.append("To train one: squeezeseg train --model NAME")
    lines.append("What one costs, layer by layer: squeezeseg profile NAME")
    return lines
