"""`squeezeseg live`: scans labelled as they come, from a sensor or from a recording played as one."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from apps.live.options import OutputOptions, PacketOptions, TrackOptions, TurnOptions
from apps.live.outputs import attach, check, check_loop
from apps.live.report import check_labelled, hold, report, watch
from apps.live.sectors import for_sectors
from apps.live.tracks import check_tracks
from apps.opening import as_loaded
from apps.option_groups import Inference, takes
from apps.options import PageOptions

if TYPE_CHECKING:
    from projection import Sensor
    from squeezeseg import InferenceSettings, Segmenter


@takes(
    turns=TurnOptions,
    tracks=TrackOptions,
    outputs=OutputOptions,
    page=PageOptions,
    packets=PacketOptions,
    settings=Inference(lanes=True),
)
def live(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="udp://HOST:PORT of a Velodyne sensor; a capture (.pcap), a ROS bag or MCAP file; or any recording.",
        ),
    ],
    frames: Annotated[
        int | None, typer.Option("--frames", metavar="N", min=1, help="End after N labelled scans.")
    ] = None,
    rate: Annotated[
        str,
        typer.Option(
            "--rate",
            metavar="RATE",
            help="Of captures and bags, which have a clock: times its pace, 1 if not given. Of other recordings: "
            "scans a second, 10 if not given. max: as fast as they can be labelled, none dropped.",
        ),
    ] = "",
    loop: Annotated[bool, typer.Option("--loop", help="Play a recording again and again, until Ctrl-C.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON a second, and one at the end, for programs.")
    ] = False,
    *,
    turns: TurnOptions,
    tracks: TrackOptions,
    outputs: OutputOptions,
    page: PageOptions,
    packets: PacketOptions,
    settings: InferenceSettings,
) -> None:
    """Label scans as they come, until the source ends, Ctrl-C or SIGTERM.

    A recording that is shown begins when the page is opened, and its last scan stays there after the end.

    The latest scan wins: one that comes while another is being labelled waits, and is dropped for a newer one. How
    many were, and what became of the packets, is shown all the time.
    """
    import numpy as np

    from data.live import LiveSource, open_live
    from data.live.playback import Playback
    from data.sensor_file import load_sensor
    from projection import PRESETS, InputError
    from squeezeseg import Segmenter
    from squeezeseg.engines.base import usable_cores
    from squeezeseg.running.interruption import interrupt_on_signals
    from squeezeseg.running.sector_stream import SectorStream
    from squeezeseg.running.stream import Stream
    from squeezeseg.tracking.follower import Follower

    check_tracks(tracks, turns, settings)
    unhurried = rate == "max"
    if turns.sectors != 1:
        settings = for_sectors(turns.sectors, settings)
    # A lane on each core labels most; where scans come one by one, all cores for one label it soonest.
    lanes = settings.lanes or (usable_cores() if unhurried else 1)

    def load(found: Sensor) -> Segmenter:
        return Segmenter.load(settings=settings.changed(lanes=lanes), sensor=found)

    # What is wrong with the weights is said at once, and importing and compiling are over when packets come.
    warm = load(PRESETS["hdl64"])
    settings = as_loaded(settings, warm)
    warm(np.eye(4, dtype=np.float32))
    if tracks.track and warm.classifier is None:
        raise InputError(f"--track: {settings.model} has no object classifier; take other weights, or leave it out")
    about = {"network": warm.card.model, "engine": warm.engine.name}

    def opening() -> LiveSource:
        return open_live(
            source,
            rate=rate,
            sensor=load_sensor(settings.sensor) if settings.sensor else None,
            height=settings.height,
            **asdict(packets),
        )

    with interrupt_on_signals(), ExitStack() as whole:
        write = check(outputs)
        if loop:
            check_loop(source, outputs, packets)
        opened = opening()
        whole.callback(opened.close)
        playback = None
        if opened.waits:
            opened = playback = Playback(opened, opening if loop else None, wait=outputs.show and outputs.wait)
        stream: Stream
        if turns.sectors == 1:
            follower = Follower(still=tracks.still) if tracks.track else None
            stream = Stream(opened, load, frames=frames, keep_all=unhurried, lanes=lanes, follower=follower)
        else:
            stream = SectorStream(opened, load, turns.sectors, frames=frames, keep_all=unhurried)
        if outputs.show:
            from apps.viewer.page import showing

            whole.enter_context(showing(stream, about, page, playback))
        interrupted = False
        try:
            with ExitStack() as stack:
                attach(stack, stream, outputs, write=write, keep_all=unhurried)
                with stream:
                    watch(stream, as_json=as_json)
        except KeyboardInterrupt:  # the usual way to end it
            interrupted = True
        with suppress(KeyboardInterrupt):  # as above: it may come at any time after the end, too
            report(stream, as_json=as_json)
            if not interrupted:
                check_labelled(source, stream.facts())
                if outputs.show and frames is None:
                    hold()
