"""The training of a detector, and its state. Everything random is drawn from (seed, step), so runs can go on."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from projection import InputError
from squeezeseg.detection.decoding import predictions
from squeezeseg.detection.detector import save_detector
from squeezeseg.detection.loss import Targets, detection_loss
from squeezeseg.detection.squeezedet import CLASSES, VARIANTS, SqueezeDet
from squeezeseg.engines import processor
from squeezeseg.running.interruption import interrupt_afterwards
from squeezeseg.training.checkpoint import (
    Checkpoint,
    checkpointed,
    load_checkpoint,
    optimiser_tensors,
    restore_optimiser,
    save_checkpoint,
)
from squeezeseg.training.imagenet import start_detector_from_imagenet
from squeezeseg.training.log import open_log
from squeezeseg.training.run import Progress, mixed_seed
from squeezeseg.training.settings import in_bfloat16
from squeezeseg.training.squeezedet.samples import PictureSamples
from squeezeseg.training.squeezedet.settings import DetectorSettings

WEIGHTS, CHECKPOINT, LOG = "model.safetensors", "checkpoint.safetensors", "log.jsonl"


class DetectorRun:
    """The state of a run: network, optimiser, step.

    init: SqueezeNet's ImageNet weights (Keras .h5); then the first convolution stays as it is, as published.
    """

    def __init__(self, settings: DetectorSettings, samples: PictureSamples, init: Path | None = None) -> None:
        self.settings, self.samples, self.step = settings, samples, 0
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.half = in_bfloat16(settings.precision, self.device)
        torch.manual_seed(settings.seed)
        network = SqueezeDet(VARIANTS[settings.model], settings.width, settings.height)
        if init is not None:
            start_detector_from_imagenet(network, init)
            network.trunk[0].requires_grad_(False)
        self.network = nn.utils.convert_conv2d_weight_memory_format(network.to(self.device), torch.channels_last)
        self.anchors = torch.from_numpy(network.anchors).float().to(self.device)
        learned = [one for one in self.network.parameters() if one.requires_grad]
        kernels, biases = ([one for one in learned if (one.dim() > 1) == wanted] for wanted in (True, False))
        self.optimiser = torch.optim.SGD(
            [{"params": kernels, "weight_decay": settings.decay}, {"params": biases, "weight_decay": 0.0}],
            settings.rate,
            momentum=settings.momentum,
        )

    def advance(self) -> tuple[float, float]:
        """One step: its loss and its learning rate."""
        s = self.settings
        rate = s.rate * 0.5 ** (self.step // s.halve_every)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        images, targets = self.samples.batch(self.step, self.network, s)
        targets = Targets(*(getattr(targets, name).to(self.device) for name in targets.__dataclass_fields__))
        torch.manual_seed(mixed_seed(s.seed, self.step))  # for dropout
        self.network.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            outputs = self.network(images.to(self.device, memory_format=torch.channels_last))
        predicted = predictions(outputs.float(), len(CLASSES))
        loss = detection_loss(predicted, targets, self.anchors, (self.network.width, self.network.height))
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        for group in self.optimiser.param_groups:
            for parameter in group["params"]:
                nn.utils.clip_grad_norm_(parameter, s.clip)  # each by itself, as published
        self.optimiser.step()
        self.step += 1
        return loss.item(), rate

    def checkpoint(self) -> Checkpoint:
        """The state that `restore` goes on from."""
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= optimiser_tensors(self.optimiser)
        return Checkpoint(self.step, self.settings.model_dump_json(), self.samples.fingerprint, tensors)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint."""
        self.step = checkpoint.step
        self.network.load_state_dict(checkpoint.part("network"))
        restore_optimiser(self.optimiser, checkpoint)


def train_detector(
    settings: DetectorSettings,
    samples: PictureSamples,
    folder: Path,
    *,
    init: Path | None = None,
    command: str = "",
    on_step: Callable[[Progress], None] | None = None,
) -> Path:
    """Train a detector; return the file of weights, `folder`/model.safetensors.

    A checkpoint in `folder` made with the same settings is gone on from. Each step is a line in log.jsonl.

    Raises:
        InputError: the folder holds a checkpoint of another run, or cannot be written; `init` does not fit; the loss
            is not finite.
    """
    processor.guard_matrix_unit()
    run = DetectorRun(settings, samples, init)
    checkpoint_file = folder / CHECKPOINT
    if checkpoint_file.is_file():
        found = load_checkpoint(checkpoint_file, settings.model_dump_json(), samples.fingerprint)
        try:
            run.restore(found)
        except (RuntimeError, ValueError, KeyError, IndexError):  # torch's, of tensors that don't fit
            raise InputError(f"{checkpoint_file}: of a run with another start; go on with the same --init") from None
    with (
        open_log(folder / LOG, lambda entry: entry["step"] <= run.step) as log,
        checkpointed(checkpoint_file, run.checkpoint),
    ):
        while run.step < settings.steps:
            with interrupt_afterwards():
                loss, rate = run.advance()
                if not math.isfinite(loss):
                    raise InputError(f"the loss is {loss} at step {run.step}; lower --rate")
                progress = Progress("network", run.step, settings.steps, loss, rate)
                log.write(json.dumps(progress.__dict__) + "\n")
                log.flush()
                if on_step is not None:
                    on_step(progress)
            if run.step % settings.checkpoint_every == 0:
                save_checkpoint(checkpoint_file, run.checkpoint())
    save_detector(folder / WEIGHTS, run.network, command)
    return folder / WEIGHTS
