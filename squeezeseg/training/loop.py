"""The training loop.

The weights that come out are an exponential average over the run's, with batch norm folded in; then the CRF's two
matrices are fitted to the finished network, unless they were trained along with it.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from torch import nn

from crf.recurrent import RecurrentCRF
from data.labels import CLASSES
from projection import PRESETS, InputError, Sensor
from squeezeseg.distributed.workers import Workers
from squeezeseg.engines import processor
from squeezeseg.networks import Normalisation, described
from squeezeseg.networks.batch_norm_folding import fold_batch_norm
from squeezeseg.networks.build import Network
from squeezeseg.running.interruption import interrupt_afterwards
from squeezeseg.training.checkpoint import checkpointed, newest_checkpoint, save_checkpoint
from squeezeseg.training.log import open_log
from squeezeseg.training.run import Progress, Run
from squeezeseg.training.samples import Samples, SampleStore
from squeezeseg.training.settings import TrainSettings
from squeezeseg.weights import Model, ModelCard, save_model


def train(
    settings: TrainSettings,
    store: Samples,
    folder: Path,
    *,
    sensor: Sensor = PRESETS["hdl64"],
    command: str = "",
    init: Network | None = None,
    rehearsal: Samples | None = None,
    teachers: Sequence[Model] = (),
    workers: Workers | None = None,
    on_step: Callable[[Progress], None] | None = None,
) -> Path:
    """Train a network and its CRF; return the file of weights, `folder`/model.safetensors.

    A checkpoint in `folder` made with the same settings is gone on from. Each step is a line in log.jsonl.

    sensor: whose scans the samples are of. init: a network to start from, of the same architecture.
    rehearsal: data like those that `init` learned from, of which `settings.rehearse` of the samples are: without
        them a network forgets what the new data don't show.
    teachers: trained networks whose probabilities are learned beside the labels, by `settings.distil`.
    workers: processes that share each batch; the first writes. What comes of it is the same but for rounding.

    Raises:
        InputError: a teacher tells other classes apart; the folder holds a checkpoint of another run, or cannot be
            written; the loss is not finite; a worker ended, or was given other data than the first.
    """
    named, found = described(settings.model)
    card = ModelCard(named, CLASSES, sensor, Normalisation.of(named.encoding), command=command, found=found)
    network, crf = train_network(
        settings,
        store,
        folder,
        card,
        init=init,
        rehearsal=rehearsal,
        teachers=teachers,
        workers=workers,
        on_step=on_step,
    )
    if workers is not None and not workers.first:
        return folder / "model.safetensors"
    tensors = {f"network.{name}": value.float().cpu().numpy() for name, value in network.state_dict().items()}
    tensors["crf.angular"] = crf.angular_compatibility.detach().cpu().numpy()
    tensors["crf.bilateral"] = crf.bilateral_compatibility.detach().cpu().numpy()
    save_model(folder / "model.safetensors", Model(replace(card, crf=crf.settings), tensors))
    return folder / "model.safetensors"


def train_network(
    settings: TrainSettings,
    store: Samples,
    folder: Path,
    card: ModelCard,
    *,
    init: Network | None = None,
    rehearsal: Samples | None = None,
    teachers: Sequence[Model] = (),
    workers: Workers | None = None,
    on_step: Callable[[Progress], None] | None = None,
) -> tuple[nn.Module, RecurrentCRF]:
    """`train`, without a file at its end: the averaged network in evaluation mode, batch norm folded in, and its CRF.

    card: what is trained. init: may have parametrizations (torch.nn.utils.parametrize), which stay.
    """
    processor.guard_matrix_unit()
    workers = workers or Workers()
    run = Run(settings, store, card, init, rehearsal, teachers, workers)
    checkpoint_file = folder / "checkpoint.safetensors"
    with workers.together():
        if workers.size > 1:
            workers.check_equal(_content(settings, store.at(0), run.rehearsal.at(0)), "settings or samples")
        found = newest_checkpoint(checkpoint_file, settings.model_dump_json(), run.fingerprint, workers)
        if found is not None:
            try:
                run.restore(found)
            except (RuntimeError, KeyError, IndexError):  # torch's, of tensors that don't fit
                raise InputError(
                    f"{checkpoint_file}: of a run that started from another network; go on with the same --init"
                ) from None
        run.connect()
        if not workers.first:
            _advance(run, None, on_step or (lambda _: None))
            return _finish(run, on_step or (lambda _: None))
        log_file = folder / "log.jsonl"
        with open_log(log_file, lambda entry: entry["phase"] == "network" and entry["step"] <= run.step) as log:

            def report(progress: Progress) -> None:
                log.write(json.dumps(progress.__dict__) + "\n")
                log.flush()
                if on_step is not None:
                    on_step(progress)

            with checkpointed(checkpoint_file, run.checkpoint):
                _advance(run, checkpoint_file, report)
            return _finish(run, report)


def _advance(run: Run, checkpoint_file: Path | None, report: Callable[[Progress], None]) -> None:
    """The steps that are left, and the checkpoints on the way where there is a file for them."""
    settings, workers = run.settings, run.workers
    workers.traffic.begin_step()
    while run.step < settings.steps:
        run.wait()
        with interrupt_afterwards() as heard:
            loss, rate = run.advance()
            # Workers all end after the same step, whichever is interrupted.
            ended = workers.size > 1 and workers.any(bool(heard))
            workers.traffic.end_step()
            if not math.isfinite(loss):
                raise InputError(f"the loss is {loss} at step {run.step}; lower --rate, or run doctor on the data")
            report(Progress("network", run.step, settings.steps, loss, rate))
        if ended:
            raise KeyboardInterrupt
        if checkpoint_file is not None and run.step % settings.checkpoint_every == 0:
            save_checkpoint(checkpoint_file, run.checkpoint())


def _finish(run: Run, report: Callable[[Progress], None]) -> tuple[nn.Module, RecurrentCRF]:
    network = fold_batch_norm(run.average)
    run.fit_crf(network, report)
    return network, run.crf.crf


def _content(settings: TrainSettings, *stores: SampleStore) -> int:
    """A checksum of what all workers must share."""
    checksum = zlib.crc32(settings.model_dump_json().encode())
    for store in stores:
        checksum = zlib.crc32(store.people.tobytes(), checksum)
    return checksum
