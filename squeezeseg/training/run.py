"""The state of a training run, and its steps.

Everything random is drawn from (seed, step), so a run that was killed goes on exactly where its last checkpoint was.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from crf import CRFSettings
from data.labels import CLASS_TABLE
from projection import InputError
from squeezeseg.distributed.gradients import plain_steps, shared
from squeezeseg.distributed.network import of_whole_batch, see_whole_batch
from squeezeseg.distributed.workers import Workers
from squeezeseg.networks.build import Network, build
from squeezeseg.training.batch import Batch, draw_batch
from squeezeseg.training.checkpoint import Checkpoint, optimiser_tensors, restore_optimiser
from squeezeseg.training.crf_fit import SharpCRF, fit_crf
from squeezeseg.training.distillation import Teachers, distillation
from squeezeseg.training.losses import pixel_weights, segmentation_loss
from squeezeseg.training.samples import Samples
from squeezeseg.training.settings import TrainSettings, in_bfloat16, learning_rate
from squeezeseg.weights import Model, ModelCard

_WHICH = (0, 0)
"""The end of the key of the draw that decides which store a batch is of."""


@dataclass(frozen=True)
class Progress:
    """The progress of a run, reported after every step. phase: 'network' or 'crf'."""

    phase: str
    step: int
    steps: int
    loss: float
    rate: float


class Run:
    """The state of a run: network, its running average, optimiser, step."""

    def __init__(
        self,
        settings: TrainSettings,
        store: Samples,
        card: ModelCard,
        init: Network | None = None,
        rehearsal: Samples | None = None,
        teachers: Sequence[Model] = (),
        workers: Workers | None = None,
    ) -> None:
        multiple = card.architecture.width_multiple
        if settings.width % multiple:
            raise InputError(
                f"width {settings.width}: {card.model} needs a multiple of {multiple}; change the settings"
            )
        self.workers = workers or Workers()
        if self.workers.size > settings.batch:
            raise InputError(f"{self.workers.size} workers share a batch of {settings.batch}; give a larger --batch")
        if self.workers.size > 1 and settings.compile:
            raise InputError("--compile: a network that several workers train isn't compiled; leave it out")
        self.settings, self.store, self.rehearsal, self.step = settings, store, rehearsal or store, 0
        self.card = card
        self.fingerprint = store.fingerprint + (rehearsal.fingerprint if rehearsal else "")
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.half = in_bfloat16(settings.precision, self.device)
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
        self.refine: nn.Module = self.crf
        parameters = [*self.network.parameters(), *(self.crf.parameters() if settings.crf_joint > 0 else ())]
        self.optimiser: torch.optim.Optimizer = (
            torch.optim.AdamW(parameters, settings.rate, weight_decay=settings.decay)
            if settings.optimiser == "adamw"
            else torch.optim.SGD(parameters, settings.rate, momentum=0.9, weight_decay=settings.decay)
        )
        self.weights = torch.tensor(settings.class_weights, device=self.device)

    def connect(self) -> None:
        """Train together with the other workers from here on."""
        if self.workers.size > 1:
            steps = plain_steps(self.settings.steps, self.step)
            see_whole_batch(self.network, self.workers, self.settings.batch)
            self.forward = shared(self.network, self.workers, self.workers.exchange.hook, steps)
            self.refine = shared(self.crf, self.workers, "plain", steps)

    def wait(self) -> None:
        """Wait until the next step's samples are there; unlike the step itself, this can be interrupted."""
        for samples in (self.store, self.rehearsal):
            samples.at(self.step)

    def batch(self, step: int, phase: int = 0) -> Batch:
        """This worker's samples of a step. phase: another draw; if not 0, of what there is after the last step.

        Turns of other beams don't stack: a batch then is of one store, by a draw.
        """
        s = self.settings
        old, now = round(s.rehearse * s.batch), s.steps if phase else step
        before, new = self.rehearsal.at(now), self.store.at(now)
        if before.shape[0] != new.shape[0]:
            old = s.batch * bool(np.random.default_rng((s.seed, phase, step, *_WHICH)).random() < s.rehearse)
        stores = [before] * old + [new] * (s.batch - old)
        key, share = (s.seed, phase, step), self.workers.share(s.batch)
        return draw_batch(stores, s.width, s.augmentation, self.card.normalisation, key, self.device, share)

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
        loss = self.loss(logits, labels, taught)
        if self.step >= (1 - self.settings.crf_joint) * self.settings.steps:
            loss = loss + self.loss(self.refine(logits.float(), images), labels)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip)
        self.optimiser.step()
        self.step += 1
        # Early averages follow closely, so that a short run is not held back by its random start.
        keep = min(self.settings.average, self.step / (self.step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(_state(self.average), _state(self.network), 1 - keep)
        return self.workers.mean(loss), rate

    def loss(self, logits: Tensor, labels: Tensor, taught: Tensor | None = None) -> Tensor:
        """The loss of a batch, or of this worker's share so that the mean over all workers is the batch's.

        taught: the teachers' probabilities.
        """
        s, workers = self.settings, self.workers
        part = 1.0
        if workers.size > 1 and workers.exchange.own_loss:
            part = len(labels) * workers.size / s.batch
        elif workers.size > 1:
            logits = of_whole_batch(logits, workers, s.batch)
            labels = workers.gather(labels.to(torch.uint8), s.batch).long()
            taught = None if taught is None else workers.gather(taught, s.batch)
        logits = logits.float()
        loss = segmentation_loss(logits, labels, self.weights, s.focal, s.lovasz)
        if taught is not None:
            loss = loss + s.distil * distillation(logits, taught, pixel_weights(labels, self.weights), s.softness)
        return loss if part == 1 else part * loss

    def fit_crf(self, network: nn.Module, report: Callable[[Progress], None]) -> None:
        """Fit the CRF's compatibility matrices to a finished network."""
        steps = self.settings.crf_steps
        batches = (self.batch(phase=1, step=step) for step in range(steps))
        fit_crf(
            network, batches, steps, self.loss, lambda *at: report(Progress("crf", at[0], steps, *at[1:])), self.refine
        )

    def checkpoint(self) -> Checkpoint:
        """The state that `restore` goes on from."""
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"average.{name}": value for name, value in self.average.state_dict().items()}
        tensors |= {f"crf.{name}": value for name, value in self.crf.state_dict().items()}
        tensors |= optimiser_tensors(self.optimiser)
        return Checkpoint(self.step, self.settings.model_dump_json(), self.fingerprint, tensors)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint."""
        self.step = checkpoint.step
        self.network.load_state_dict(checkpoint.part("network"))
        self.average.load_state_dict(checkpoint.part("average"))
        self.crf.load_state_dict(checkpoint.part("crf"))
        restore_optimiser(self.optimiser, checkpoint)


def fresh_crf() -> CRFSettings:
    """Settings of a CRF for our classes, each with its own bandwidths."""
    angular, bilateral = zip(*(one.bandwidths for one in CLASS_TABLE), strict=True)
    return CRFSettings(theta_a=angular, theta_r=bilateral)


def mixed_seed(*numbers: int) -> int:
    """One seed made of several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def _state(network: nn.Module) -> list[Tensor]:
    return [value for value in network.state_dict().values() if value.is_floating_point()]
