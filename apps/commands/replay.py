"""`squeezeseg replay`: a capture's packets sent again, so that `squeezeseg live` can be tried without a sensor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from apps import console


def replay(
    source: Annotated[Path, typer.Argument(metavar="CAPTURE", help="A capture of a sensor's packets, .pcap.")],
    to: Annotated[
        str, typer.Option("--to", metavar="udp://HOST:PORT", help="Where to send them.")
    ] = "udp://127.0.0.1:2368",
    rate: Annotated[
        str, typer.Option("--rate", metavar="RATE", help="Times the pace at which they came; max: no pause.")
    ] = "",
    loop: Annotated[bool, typer.Option("--loop", help="Begin again at the end, until Ctrl-C.")] = False,
) -> None:
    """Send a capture's packets over the network, as the sensor sent them."""
    from data.live import parse_address
    from data.live.pace import parse_rate
    from data.live.replay import replay as send
    from projection import InputError

    if source.is_dir():
        raise InputError(f"{source}: a folder, no capture; 'squeezeseg live {source}' plays a recording")
    sent = 0
    try:
        for sent in send(source, parse_address(to), parse_rate(rate, 1.0), loop=loop):  # noqa: B007 - it is the count
            pass
    except KeyboardInterrupt:
        pass  # the usual way to end a loop
    console.say(f"{console.count(sent, 'packet')} sent to {to}")
