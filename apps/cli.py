"""The command `squeezeseg`: its verbs, and what becomes of errors.

Nothing heavy is imported here, so that --help answers at once: the verbs import what they need.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from apps import console, own_packages, streams
from apps.commands.adapt import adapt
from apps.commands.bench import bench
from apps.commands.compress import compress
from apps.commands.convert import convert
from apps.commands.demo import demo
from apps.commands.detect import detect
from apps.commands.detect_eval import detect_eval
from apps.commands.detect_train import detect_train
from apps.commands.doctor import doctor
from apps.commands.evaluate import evaluate
from apps.commands.export import export
from apps.commands.frontier import frontier
from apps.commands.live import live
from apps.commands.models import models
from apps.commands.profile import profile
from apps.commands.render import render
from apps.commands.replay import replay
from apps.commands.search import search
from apps.commands.search_draw import search_draw
from apps.commands.search_precision import search_precision
from apps.commands.search_table import search_table
from apps.commands.segment import segment
from apps.commands.sensors import sensors
from apps.commands.simulate import simulate
from apps.commands.train import train
from apps.commands.view import view
from apps.commands.weights import diff, keygen, patch, sign, verify
from apps.help import Command, Group

TRACEBACK = "--traceback"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    cls=Group,
    context_settings={"help_option_names": ["--help", "-h"]},
    pretty_exceptions_enable=False,
)
for name, verb, example in (
    ("segment", segment, "squeezeseg segment YOUR/DRIVE --view front --boxes"),
    ("view", view, "squeezeseg view YOUR/DRIVE"),
    ("eval", evaluate, "squeezeseg eval YOUR/DRIVE --html report.html"),
    ("live", live, "squeezeseg live udp://:2368 --show"),
    ("replay", replay, "squeezeseg replay drive.pcap --to udp://127.0.0.1:2368"),
    ("render", render, "squeezeseg render YOUR/DRIVE --boxes --out drive.mp4"),
    ("train", train, "squeezeseg train YOUR/DRIVE --init shipped --out runs/mine"),
    ("bench", bench, "squeezeseg bench --view front"),
    ("sensors", sensors, "squeezeseg sensors"),
    ("models", models, "squeezeseg models mobilenetv3-small"),
    ("profile", profile, "squeezeseg profile mobilenetv3-small+lraspp --view front"),
    ("export", export, "squeezeseg export onnx --out network.onnx"),
    ("compress", compress, "squeezeseg compress fast --bytes 250000"),
    ("convert", convert, "squeezeseg convert fast fast.sqz"),
    ("weights diff", diff, "squeezeseg weights diff old.sqz new.sqz --out update.sqp"),
    ("weights patch", patch, "squeezeseg weights patch old.sqz update.sqp --out new.sqz"),
    ("weights verify", verify, "squeezeseg weights verify new.sqz --key squeezeseg.key.pub"),
    ("weights keygen", keygen, "squeezeseg weights keygen squeezeseg.key"),
    ("weights sign", sign, "squeezeseg weights sign new.sqz --key squeezeseg.key"),
    ("frontier", frontier, "squeezeseg frontier --model fast --model squeezeseg --out runs/frontier"),
    ("search", search, "squeezeseg search --table latencies.json --latency 3ms --out runs/search"),
    ("search table", search_table, "squeezeseg search table --precision int8 --out latencies.json"),
    ("search draw", search_draw, "squeezeseg search draw fast squeezeseg --table latencies.json"),
    ("search precision", search_precision, "squeezeseg search precision fast --bytes 250000 --out runs/bits"),
    ("detect", detect, "squeezeseg detect KITTI/training --model runs/detector/model.safetensors"),
    ("detect train", detect_train, "squeezeseg detect train KITTI/training --split train.txt --out runs/detector"),
    ("detect eval", detect_eval, "squeezeseg detect eval KITTI/training --split val.txt --predictions runs/detect"),
    ("simulate", simulate, "squeezeseg simulate street --frames 4"),
    ("demo", demo, "squeezeseg demo"),
    ("doctor", doctor, "squeezeseg doctor YOUR/DRIVE"),
    ("adapt", adapt, "squeezeseg adapt YOUR/SCANS --out my-sensor"),
):
    app.command(name, cls=Command, epilog=example)(verb)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"squeezeseg {version('squeezeseg')}")
        except PackageNotFoundError:
            print("squeezeseg, not installed")
        raise typer.Exit


@app.callback()
def _squeezeseg(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
    show_traceback: Annotated[
        bool, typer.Option(TRACEBACK, help="Show where in the program an error arose, with any command.")
    ] = False,
) -> None:
    """LiDAR scans in, every point labelled: car, pedestrian, cyclist or background."""


def main(argv: Sequence[str] | None = None) -> int:  # noqa: PLR0911 - a status for each end
    """Run a command line (without the program's name) and return its exit status.

    0 all went well, 1 the result is bad or the program is, 2 the input is, 130 interrupted.
    """
    streams.prepare()
    own_packages.come_first()
    from squeezeseg.running.interruption import interrupt_on_signals

    arguments = list(sys.argv[1:] if argv is None else argv)
    full = TRACEBACK in arguments
    arguments = [argument for argument in arguments if argument != TRACEBACK]
    console.show_warnings()
    try:
        with interrupt_on_signals():
            status = int(app(arguments, prog_name="squeezeseg", standalone_mode=False) or 0)
            sys.stdout.flush()
            return status
    except KeyboardInterrupt:
        return 130
    except typer.Abort as abort:
        if isinstance(abort.__cause__, EOFError):  # which to typer means that somebody was asked and ended the input
            return _explain(abort.__cause__)
        return 130
    except BrokenPipeError:  # who reads has gone, as `head` does
        streams.discard_stdout()
        return 1
    except streams.StdoutError as error:
        streams.discard_stdout()
        console.error(f"standard output: cannot be written ({error.strerror}); make room")
        return 1
    except Exception as error:
        if full:
            traceback.print_exc()
        return _explain(error)


def _explain(error: Exception) -> int:
    """One line on stderr; the exit status."""
    if hasattr(error, "format_message"):  # the command line itself is wrong
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "squeezeseg"
        message = error.format_message().removesuffix(".").replace("Value error, ", "")
        if message:  # none where no command was given, and the help is printed instead
            console.error(f"{message}{'' if message.endswith('?') else ';'} see '{command} --help'")
        return 2
    from data import libraries
    from projection.errors import InputError

    if isinstance(error, InputError):
        console.error(error)
        return 2
    if isinstance(error, MemoryError):
        console.error("too little memory; close other programs, or give --lanes 1 where a command has it")
        return 2
    if isinstance(error, ImportError | OSError) and (reason := libraries.explain(error)):
        console.error(reason)
        return 2
    console.error(f"{type(error).__name__}: {error} (this is a fault of the program; {TRACEBACK} shows where)")
    return 1
