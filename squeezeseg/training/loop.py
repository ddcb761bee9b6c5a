"""The training loop.

Everything random is drawn from (seed, step), so a run that was killed goes on exactly where its last
checkpoint was. The weights that come out are an exponential average over the run's, with batch norm folded in;
then the CRF's two matrices are fitted to the finished network, unless they were trained along with it.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from crf import CRFSettings
from crf.recurrent import RecurrentCRF
from data.labels import CLASS_TABLE, CLASSES
from projection import PRESETS, InputError, Sensor
from squeezeseg.engines import processor
from squeezeseg.networks import Normalisation, described
from squeezeseg.networks.batch_norm_folding import fold_batch_norm
from squeezeseg.networks.build import Network, build
from squeezeseg.running.interruption import interrupt_afterwards
from squeezeseg.training.augmentation import Augmentation
from squeezeseg.training.batch import Batch, draw_batch
from squeezeseg.training.checkpoint import Checkpoint, checkpointed, load_checkpoint, save_checkpoint
from squeezeseg.training.crf_fit import SharpCRF, fit_crf
from squeezeseg.training.distillation import Teachers, distillation
from squeezeseg.training.log import open_log
from squeezeseg.training.losses import pixel_weights, segmentation_loss
from squeezeseg.training.samples import COLUMNS, SampleStore
from squeezeseg.weights import Model, ModelCard, save_model


class TrainSettings(BaseModel):
    """The settings of a training run. The defaults made the embedded weights."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = "squeezeseg"
    steps: int = Field(5600, ge=1)
    batch: int = Field(8, ge=1)
    width: int = Field(256, ge=64, le=COLUMNS, multiple_of=16, description="columns of a sample")
    optimiser: Literal["adamw", "sgd"] = "adamw"
    rate: float = Field(2e-3, gt=0, description="peak learning rate")
    schedule: Literal["cosine", "step"] = "cosine"
    halve_every: int = Field(10_000, ge=1, description="steps, for the step schedule")
    warm_up: int = Field(100, ge=0, description="steps")
    decay: float = Field(1e-4, ge=0, description="weight decay")
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    class_weights: tuple[float, ...] = Field(
        tuple(one.loss_weight for one in CLASS_TABLE), min_length=len(CLASSES), max_length=len(CLASSES)
    )
    focal: float = Field(0.0, ge=0, description="gamma of the focal loss, 0 for cross entropy")
    lovasz: float = Field(1.0, ge=0, description="weight of the Lovasz loss")
    average: float = Field(0.998, ge=0, lt=1, description="of the weights, per step")
    batch_norm: bool = True
    crf_joint: float = Field(0.0, ge=0, le=1, description="last share of the steps in which the CRF is trained too")
    crf_steps: int = Field(200, ge=0, description="steps that fit the CRF afterwards, 0 to leave it as it is")
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    compile: bool = Field(False, description="compile the network first (needs a C++ compiler)")
    distil: float = Field(1.0, gt=0, description="weight of the teachers' loss, where there are any")
    softness: float = Field(2.0, gt=0, description="temperature at which a student is compared with its teachers")
    rehearse: float = Field(0.0, ge=0, lt=1, description="share of the samples that are drawn from other, older data")
    seed: int = 0
    checkpoint_every: int = Field(200, ge=1, description="steps")
    augmentation: Augmentation = Augmentation()


@dataclass(frozen=True)
class Progress:
    """The progress of a run, reported after every step. phase: 'network' or 'crf'."""

    phase: str
    step: int
    steps: int
    loss: float
    rate: float


def train(
    settings: TrainSettings,
    store: SampleStore,
    folder: Path,
    *,
    sensor: Sensor = PRESETS["hdl64"],
    command: str = "",
    init: Network | None = None,
    rehearsal: SampleStore | None = None,
    teachers: Sequence[Model] = (),
    on_step: Callable[[Progress], None] | None = None,
) -> Path:
    """Train a network and its CRF; return the file of weights, `folder`/model.safetensors.

    A checkpoint in `folder` made with the same settings is gone on from. Each step is a line in log.jsonl.

    sensor: whose scans the samples are of. init: a network to start from, of the same architecture.
    rehearsal: data like those that `init` learned from, of which `settings.rehearse` of the samples are: without
        them a network forgets what the new data don't show.
    teachers: trained networks whose probabilities are learned beside the labels, by `settings.distil`.

    Raises:
        InputError: a teacher tells other classes apart; the folder holds a checkpoint of another run, or cannot be
            written; the loss is not finite.
    """
    named, found = described(settings.model)
    card = ModelCard(named, CLASSES, sensor, Normalisation.of(named.encoding), command=command, found=found)
    network, crf = train_network(
        settings, store, folder, card, init=init, rehearsal=rehearsal, teachers=teachers, on_step=on_step
    )
    tensors = {f"network.{name}": value.float().cpu().numpy() for name, value in network.state_dict().items()}
    tensors["crf.angular"] = crf.angular_compatibility.detach().cpu().numpy()
    tensors["crf.bilateral"] = crf.bilateral_compatibility.detach().cpu().numpy()
    save_model(folder / "model.safetensors", Model(replace(card, crf=crf.settings), tensors))
    return folder / "model.safetensors"


def train_network(
    settings: TrainSettings,
    store: SampleStore,
    folder: Path,
    card: ModelCard,
    *,
    init: Network | None = None,
    rehearsal: SampleStore | None = None,
    teachers: Sequence[Model] = (),
    on_step: Callable[[Progress], None] | None = None,
) -> tuple[nn.Module, RecurrentCRF]:
    """`train`, without a file at its end: the averaged network in evaluation mode, batch norm folded in, and its CRF.

    card: what is trained. init: may have parametrizations (torch.nn.utils.parametrize), which stay.
    """
    processor.guard_matrix_unit()
    run = _Run(settings, store, card, init, rehearsal, teachers)
    checkpoint_file = folder / "checkpoint.safetensors"
    if checkpoint_file.is_file():
        try:
            run.restore(load_checkpoint(checkpoint_file, settings.model_dump_json(), run.fingerprint))
        except (RuntimeError, KeyError, IndexError):  # torch's, of tensors that don't fit
            raise InputError(
                f"{checkpoint_file}: of a run that started from another network; go on with the same --init"
            ) from None
    with open_log(folder / "log.jsonl", lambda entry: entry["phase"] == "network" and entry["step"] <= run.step) as log:

        def report(progress: Progress) -> None:
            log.write(json.dumps(progress.__dict__) + "\n")
            log.flush()
            if on_step is not None:
                on_step(progress)

        with checkpointed(checkpoint_file, run.checkpoint):
            while run.step < settings.steps:
                with interrupt_afterwards():
                    loss, rate = run.advance()
                if not math.isfinite(loss):
                    raise InputError(f"the loss is {loss} at step {run.step}; lower --rate, or run doctor on the data")
                report(Progress("network", run.step, settings.steps, loss, rate))
                if run.step % settings.checkpoint_every == 0:
                    save_checkpoint(checkpoint_file, run.checkpoint())
        network = fold_batch_norm(run.average)
        run.fit_crf(network, report)
    return network, run.crf.crf


def learning_rate(settings: TrainSettings, step: int) -> float:
    """The learning rate of a step."""
    warm = min(1.0, (step + 1) / max(settings.warm_up, 1))
    if settings.schedule == "step":
        return float(settings.rate * warm * 0.5 ** (step // settings.halve_every))
    return float(settings.rate * warm * (0.5 + 0.5 * math.cos(math.pi * step / settings.steps)))


def in_bfloat16(settings: TrainSettings, device: torch.device) -> bool:
    """True if networks are trained in bfloat16 on a device."""
    fast = device.type == "cuda" or processor.describe().amx
    return settings.precision == "bfloat16" or (settings.precision == "auto" and fast)


def fresh_crf() -> CRFSettings:
    """Settings of a CRF for our classes, each with its own bandwidths."""
    angular, bilateral = zip(*(one.bandwidths for one in CLASS_TABLE), strict=True)
    return CRFSettings(theta_a=angular, theta_r=bilateral)


class _Run:
    """The state of a run: network, its running average, optimiser, step."""

    def __init__(
        self,
        settings: TrainSettings,
        store: SampleStore,
        card: ModelCard,
        init: Network | None = None,
        rehearsal: SampleStore | None = None,
        teachers: Sequence[Model] = (),
    ) -> None:
        multiple = card.architecture.width_multiple
        if settings.width % multiple:
            raise InputError(
                f"width {settings.width}: {card.model} needs a multiple of {multiple}; change the settings"
            )
        self.settings, self.store, self.rehearsal, self.step = settings, store, rehearsal or store, 0
        self.card = card
        self.fingerprint = store.fingerprint + (rehearsal.fingerprint if rehearsal else "")
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.half = in_bfloat16(settings, self.device)
        self.teachers = Teachers(teachers, card.classes, self.device) if teachers else None
        if self.teachers is not None:
            self.fingerprint += self.teachers.fingerprint
        torch.manual_seed(settings.seed)
        network: nn.Module = init or build(
            card.architecture, len(card.classes), card.normalisation, batch_norm=settings.batch_norm
        )
        network = network.to(self.device)
        self.network = nn.utils.convert_conv2d_weight_memory_format(network, torch.channels_last)
        self.average = copy.deepcopy(self.network)
        self.crf = SharpCRF(fresh_crf(), card.normalisation).to(self.device)
        self.forward: Callable[[Tensor], dict[str, Tensor]] = (
            torch.compile(self.network, dynamic=False) if settings.compile else self.network
        )
        parameters = [*self.network.parameters(), *(self.crf.parameters() if settings.crf_joint > 0 else ())]
        self.optimiser: torch.optim.Optimizer = (
            torch.optim.AdamW(parameters, settings.rate, weight_decay=settings.decay)
            if settings.optimiser == "adamw"
            else torch.optim.SGD(parameters, settings.rate, momentum=0.9, weight_decay=settings.decay)
        )
        self.weights = torch.tensor(settings.class_weights, device=self.device)

    def batch(self, step: int, phase: int = 0) -> Batch:
        """A step's samples. phase: another draw."""
        s = self.settings
        old = round(s.rehearse * s.batch)
        stores = [self.rehearsal] * old + [self.store] * (s.batch - old)
        return draw_batch(stores, s.width, s.augmentation, self.card.normalisation, (s.seed, phase, step), self.device)

    def advance(self) -> tuple[float, float]:
        """One step: its loss and its learning rate."""
        rate = learning_rate(self.settings, self.step)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        inputs, images, labels, metres = self.batch(self.step)
        torch.manual_seed(mixed_seed(self.settings.seed, self.step))  # for dropout
        self.network.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            logits = self.forward(inputs)["logits"]
            taught = None if self.teachers is None else self.teachers(metres, self.settings.softness)
        loss = self.loss(logits.float(), labels)
        if taught is not None:
            weight = pixel_weights(labels, self.weights)
            loss = loss + self.settings.distil * distillation(logits.float(), taught, weight, self.settings.softness)
        if self.step >= (1 - self.settings.crf_joint) * self.settings.steps:
            loss = loss + self.loss(self.crf(logits.float(), images), labels)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip)
        self.optimiser.step()
        self.step += 1
        # Early averages follow closely, so that a short run is not held back by its random start.
        keep = min(self.settings.average, self.step / (self.step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(_state(self.average), _state(self.network), 1 - keep)
        return loss.item(), rate

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The loss of a batch."""
        return segmentation_loss(logits, labels, self.weights, self.settings.focal, self.settings.lovasz)

    def fit_crf(self, network: nn.Module, report: Callable[[Progress], None]) -> None:
        """Fit the CRF's compatibility matrices to a finished network."""
        steps = self.settings.crf_steps
        batches = (self.batch(phase=1, step=step) for step in range(steps))
        fit_crf(
            network, batches, steps, self.loss, lambda *at: report(Progress("crf", at[0], steps, *at[1:])), self.crf
        )

    def checkpoint(self) -> Checkpoint:
        """The state that `restore` goes on from."""
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"average.{name}": value for name, value in self.average.state_dict().items()}
        tensors |= {f"crf.{name}": value for name, value in self.crf.state_dict().items()}
        for index, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{name}": value for name, value in state.items() if value is not None}
        return Checkpoint(self.step, self.settings.model_dump_json(), self.fingerprint, tensors)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint."""
        self.step = checkpoint.step
        self.network.load_state_dict(checkpoint.part("network"))
        self.average.load_state_dict(checkpoint.part("average"))
        self.crf.load_state_dict(checkpoint.part("crf"))
        state = dict[int, dict[str, Tensor]]()
        for name, value in checkpoint.part("optimiser").items():
            index, key = name.split(".", 1)
            state.setdefault(int(index), {})[key] = value
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": state})


def mixed_seed(*numbers: int) -> int:
    """One seed made of several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def _state(network: nn.Module) -> list[Tensor]:
    return [value for value in network.state_dict().values() if value.is_floating_point()]
