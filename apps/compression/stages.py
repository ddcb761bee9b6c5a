"""The stages of compressing weights: a start without training, training on, the comparison with what they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from apps import console
from apps.compression.options import CompressionOptions
from apps.training.drives import open_or_simulate, store
from projection import InputError
from squeezeseg.compression.bit_widths import read_bits, rounded, uniform_bits
from squeezeseg.compression.candidates import equal_steps, pruned_and_shared
from squeezeseg.compression.examination import examination_steps, examined
from squeezeseg.compression.network import coded_ways, fit
from squeezeseg.compression.retraining import RETRAINING, retrain
from squeezeseg.compression.update import near, to_train
from squeezeseg.graphs.check_scans import CHECK_SEED, CheckScan, check_scans
from squeezeseg.graphs.parity import Parity, compare, network_labels, torch_labels
from squeezeseg.graphs.run import graph_engine, graph_file
from squeezeseg.training.settings import TrainSettings
from squeezeseg.weights import Model
from squeezeseg.weights.container import Container, encode_container, is_container, read_container, write_container

if TYPE_CHECKING:
    from squeezeseg.training.run import Progress

START = "start.sqz"
SEED = 7703
"""Of the streets that are simulated to train on."""
_ROOM = 0.99
"""Of the bytes, where training follows, which moves weights from one code to the next."""
_CANDIDATES = {"steps": equal_steps, "shared": pruned_and_shared}


def bits_of_layers(model: Model, options: CompressionOptions) -> dict[str, int] | None:
    """Bits of a code by tensor, where --bits gives them.

    Raises:
        InputError: no such file, or of other weights; no such number; another way to compress is asked for as well.
    """
    if options.base is not None and (options.bits or options.size or options.method != "steps"):
        raise InputError("--base: the file gets the steps of OLD; leave out --bytes, --bits and --method")
    if options.base is None and options.price is not None:
        raise InputError("--price: of codes that differ from those of --base; give that, too")
    if options.bits is None:
        return None
    if options.method != "steps":
        raise InputError(f"--bits: for equal steps, not for --method {options.method}; leave out one of them")
    if options.bits.isascii() and options.bits.isdecimal():
        return uniform_bits(model, int(options.bits[:9]))
    return {name: one.weights for name, one in read_bits(Path(options.bits), model).items()}


def started(
    model: Model, options: CompressionOptions, bits: Mapping[str, int] | None, beside: int, run: Path, command: str
) -> Container:
    """The container that needs no training, made now or by the run that is gone on with.

    bits: see `bits_of_layers`. beside: bytes of the file for what comes into it later.

    Raises:
        InputError: the run's folder holds another run; no container has so few bytes.
    """
    file = run / START
    if options.resume and file.is_file():
        found = read_container(file)
        if found.card.command != command:
            raise InputError(f"{file}: of another run, {found.card.command!r}; choose another --out")
        return found
    if file.exists():
        raise InputError(f"{run}: holds a run; go on with it by --resume, or choose another --out")
    if options.base is not None:
        container = near(model, _base(options.base), options.dearness, options.codec)
    elif bits is None:
        container = _in_bytes(model, options, beside)
    else:
        container = rounded(model, bits, options.codec)
    if options.most is not None and (size := len(encode_container(container)) + beside) > options.most:
        raise InputError(f"codes of these bits take {size:,} bytes, more than {options.most:,}; allow more")
    card = replace(container.card, command=command, scores={}, file="", checksum="")
    container = replace(container, card=card)
    write_container(file, container)
    return container


def _in_bytes(model: Model, options: CompressionOptions, beside: int) -> Container:
    assert options.most is not None
    ways = coded_ways(model, _CANDIDATES[options.method], options.codec)
    with console.progress("examining layers", examination_steps(ways)) as progress:
        choices = examined(model, ways, progress)
    budget = (options.most if options.steps == 0 else int(_ROOM * options.most)) - beside
    return fit(model, choices, budget, options.codec)


def _base(path: Path) -> Container:
    if path.is_file() and not is_container(path):
        raise InputError(f"{path}: no .sqz file, whose codes could be kept; make one by 'compress'")
    return read_container(path)


def trained_on(
    model: Model,
    start: Container,
    options: CompressionOptions,
    bits: Mapping[str, int] | None,
    beside: int,
    sources: Sequence[Path],
    run: Path,
    command: str,
) -> Container:
    """The container after training; the start, with a warning, if training made it larger than it may be."""
    settings = TrainSettings(**{**RETRAINING, **options.given}, model=model.card.model)
    opened = open_or_simulate(list(sources), None, run, options.simulate, SEED)
    first = start if options.base is None else to_train(start, _base(options.base))
    price = 0.0 if options.base is None else options.dearness
    samples = store(opened, run / "samples", "default")
    with console.progress("training", settings.steps) as progress:

        def on_step(at: Progress) -> None:
            progress(at.step)

        try:
            found = retrain(
                model, first, settings, samples, run, learn_steps=bits, price=price, command=command, on_step=on_step
            )
        except KeyboardInterrupt:
            console.note(f"interrupted; go on with: {command} --resume")
            raise
    if options.most is not None and (size := len(encode_container(found)) + beside) > options.most:
        console.warn(f"training left {size:,} bytes, more than {options.most:,}: kept without it; lower --rate")
        return start
    return found


@dataclass(frozen=True)
class Comparison:
    """Containers against the model that they are of, in PyTorch's float32; the last of them also in int8, if it can."""

    containers: tuple[Parity, ...]
    int8: Parity | None


def compared(model: Model, containers: Sequence[Container], scans: int) -> Comparison:
    """Each container against the model, on the same simulated scans."""
    small = [Model(one.card, one.decoded(), container=one) for one in containers]
    labellers = [torch_labels(one, complete=False) for one in small]
    if (graph := graph_file(small[-1], "int8")) is not None:
        labellers.append(network_labels(graph_engine(graph, "openvino", "int8"), model.card.normalisation))
    with console.progress("checking", (1 + len(labellers)) * scans) as progress:
        multiple = model.card.architecture.width_multiple
        seen = list(check_scans(scans, CHECK_SEED, multiple, lambda done, _: progress(done)))
        found = list[Parity]()
        for labeller in labellers:

            def counted(done: int) -> CheckScan:
                progress((1 + len(found)) * scans + done)
                return seen[done]

            each = map(counted, range(scans))
            precision = "float32" if len(found) < len(containers) else "int8"
            found.append(compare(torch_labels(model, complete=False), labeller, each, model.card.classes, precision))
    return Comparison(tuple(found[: len(containers)]), None if graph is None else found[-1])
