"""The state of a search for bits: weights and steps, the distributions, the optimiser, the step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from squeezeseg.compression.bit_widths import channel_axes
from squeezeseg.engines.torch_engine import load_network
from squeezeseg.search.precision.costs import activation_bytes, weight_bytes
from squeezeseg.search.precision.distribution import Distribution, Picks
from squeezeseg.search.precision.mixture import MixedActivations, MixedWeights
from squeezeseg.search.precision.settings import ACTIVATION_BITS, WEIGHT_BITS, PrecisionSettings
from squeezeseg.search.run.data import split
from squeezeseg.training.augmentation import PLAIN, Augmentation
from squeezeseg.training.batch import Batch, draw_batch
from squeezeseg.training.checkpoint import Checkpoint, optimiser_tensors, restore_optimiser
from squeezeseg.training.distillation import Teachers, distillation
from squeezeseg.training.losses import pixel_weights, segmentation_loss
from squeezeseg.training.run import mixed_seed
from squeezeseg.training.samples import COLUMNS, SampleStore
from squeezeseg.training.settings import in_bfloat16, learning_rate
from squeezeseg.weights import Model

_WEIGHTS, _WIDTHS, _HELD, _FINAL, _FIRST, _ALONE = range(6)
"""What random numbers are for: two purposes never share any."""
_FRONT = COLUMNS // 4
_PREFIX = "network."


class PrecisionState:
    """The state of a search for bits, and its steps. Everything random is drawn from (seed, purpose, step).

    weight_layers, activation_layers: names of the tensors whose bits are searched, and of those of them whose layer
    reads activations that are rounded: only what is never below 0, as behind a ReLU, and never the range image.
    beside: bytes of the file that aren't codes.

    Raises:
        InputError: fewer bytes, or bits of activations, than the least widths take; too few frames.
    """

    def __init__(self, settings: PrecisionSettings, model: Model, store: SampleStore) -> None:
        self.settings, self.recipe, self.model = settings, settings.recipe, model
        self.identity = f"{store.fingerprint} {model.checksum()}"
        self.parts, self.step = split(store), 0
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.half = in_bfloat16(self.recipe.precision, self.device)
        self.teacher = Teachers([model], model.card.classes, self.device)
        self.class_weights = torch.tensor(self.recipe.class_weights, device=self.device)
        axes = channel_axes(model)
        self.weight_layers = list(axes)
        costs, self.beside = weight_bytes(model, WEIGHT_BITS, settings.codec)
        self.distributions = [Distribution(costs, settings.size - self.beside)]
        self.network = load_network(model)
        self.mixed: list[list[MixedWeights | MixedActivations]] = [[], []]
        for name, axis in axes.items():
            rule = MixedWeights(model.tensors[name], WEIGHT_BITS, axis)
            layer, parameter = self._layer(name)
            parametrize.register_parametrization(layer, parameter, rule, unsafe=True)
            self.mixed[0].append(rule)
        self.network = self.network.to(self.device)
        self.activation_layers: list[str] = []
        if settings.activation_bits is not None:
            self._round_activations(settings.activation_bits)
        self.trained = nn.ModuleList([self.network, nn.ModuleList(self.mixed[1])])
        self._before = {name: value.detach().clone() for name, value in self.trained.state_dict().items()}
        self.optimiser = torch.optim.AdamW(self.trained.parameters(), self.recipe.rate, weight_decay=self.recipe.decay)

    def begin(self) -> None:
        """Start the distributions at what each width of a layer damages while all others are widest."""
        if not self.settings.prior:
            return
        batch = self.batch(self.parts.architecture, (self.recipe.seed, _ALONE), self.recipe.augmentation)
        widest = [(one.costs.shape[1] - 1,) * len(one.costs) for one in self.distributions]
        for number, one in enumerate(self.distributions):
            damage = np.zeros(one.costs.shape)
            for layer, k in np.ndindex(damage.shape):
                picks = list(widest)
                picks[number] = (*picks[number][:layer], k, *picks[number][layer + 1 :])
                damage[layer, k], _ = self.judged(picks, [batch])
            one.begin(damage, self.settings.prior)

    def forget_training(self) -> None:
        """Take the weights and steps as they were before the search."""
        self.trained.load_state_dict(self._before)

    def train_weights(self) -> float:
        """One step of the weights and of the steps they are rounded to, of a network that is drawn: its loss."""
        key = (self.recipe.seed, _WEIGHTS, self.step)
        random = np.random.default_rng(key)
        self.choose([one.draw(random) for one in self.distributions])
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.recipe, self.step)
        batch = self.batch(self.parts.weights, key, self.recipe.augmentation)
        torch.manual_seed(mixed_seed(*key))  # for dropout
        self.network.train()
        logits = self.logits(batch)
        recipe = self.recipe
        loss = segmentation_loss(logits, batch.labels, self.class_weights, recipe.focal, recipe.lovasz)
        loss = loss + recipe.distil * self.divergence(logits, batch, recipe.softness)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.trained.parameters(), recipe.clip)
        self.optimiser.step()
        return loss.item()

    def train_widths(self) -> float:
        """One step of the distributions: how far the mixture is from the network as it was."""
        key = (self.recipe.seed, _WIDTHS, self.step)
        random, temperature = np.random.default_rng(key), self.settings.temperature(self.step)
        sampled = [
            torch.tensor(one.shares(temperature, random), dtype=torch.float32, device=self.device, requires_grad=True)
            for one in self.distributions
        ]
        self._share(sampled)
        batch = self.batch(self.parts.architecture, key, self.recipe.augmentation)
        self.network.eval()
        value = self.divergence(self.logits(batch), batch)
        for one, gradient in zip(self.distributions, torch.autograd.grad(value, sampled), strict=True):
            one.learn(gradient.double().cpu().numpy(), self.settings.rate)
        return value.item()

    def choose(self, picks: Sequence[Picks]) -> None:
        """Round weights, and activations where those are searched, to one width each."""
        self._share(
            [
                torch.eye(one.costs.shape[1], device=self.device)[list(own)]
                for one, own in zip(self.distributions, picks, strict=True)
            ]
        )

    def candidates(self) -> list[list[Picks]]:
        """The likeliest widths within the budget, then such that are drawn."""
        random = np.random.default_rng((self.recipe.seed, _FINAL))
        drawn = [one.draw_within(self.settings.draws, random) for one in self.distributions]
        return [[one.likeliest() for one in self.distributions], *map(list, zip(*drawn, strict=False))]

    def held_batches(self) -> list[Batch]:
        """Batches that nothing was learned from, as they were recorded."""
        plain = replace(PLAIN, people=self.recipe.augmentation.people)
        keys = ((self.recipe.seed, _HELD, number) for number in range(self.settings.judge))
        return [self.batch(self.parts.held, key, plain) for key in keys]

    @torch.no_grad()
    def judged(self, picks: Sequence[Picks], batches: Sequence[Batch]) -> tuple[float, float]:
        """Divergence from the network as it was, and loss, with these widths: means over batches."""
        self.choose(picks)
        self.network.eval()
        found = []
        for batch in batches:
            logits = self.logits(batch)
            loss = segmentation_loss(logits, batch.labels, self.class_weights, self.recipe.focal, self.recipe.lovasz)
            found.append((self.divergence(logits, batch).item(), loss.item()))
        divergence, loss = np.mean(found, axis=0).tolist()
        return divergence, loss

    def batch(self, store: SampleStore, key: tuple[int, ...], augmentation: Augmentation) -> Batch:
        """A random batch of a store."""
        recipe = self.recipe
        stores, normalisation = [store] * recipe.batch, self.model.card.normalisation
        return draw_batch(stores, recipe.width, augmentation, normalisation, key, self.device)

    def logits(self, batch: Batch) -> Tensor:
        """The network's answer to a batch, (B, classes, H, W)."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            logits: Tensor = self.network(batch.inputs)["logits"]
        return logits.float()

    def divergence(self, logits: Tensor, batch: Batch, softness: float = 1.0) -> Tensor:
        """Kullback-Leibler divergence from what the network was, a mean over pixels by their class's weight."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            taught = self.teacher(batch.metres, softness)
        return distillation(logits, taught, pixel_weights(batch.labels, self.class_weights), softness)

    def checkpoint(self) -> Checkpoint:
        """The state that `restore` goes on from."""
        tensors = {f"trained.{name}": value for name, value in self.trained.state_dict().items()}
        tensors |= optimiser_tensors(self.optimiser)
        for number, one in enumerate(self.distributions):
            tensors[f"distribution.{number}.scores"] = torch.from_numpy(one.scores)
            tensors[f"distribution.{number}.unit"] = torch.tensor([one.size, one.steps], dtype=torch.float64)
        return Checkpoint(self.step, self.settings.model_dump_json(), self.identity, tensors)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint. Raises KeyError or RuntimeError where it is of another search."""
        self.step = checkpoint.step
        self.trained.load_state_dict(checkpoint.part("trained"))
        restore_optimiser(self.optimiser, checkpoint)
        for number, one in enumerate(self.distributions):
            own = checkpoint.part(f"distribution.{number}")
            one.scores, (one.size, steps) = own["scores"].numpy(), own["unit"].tolist()
            one.steps = int(steps)

    def _share(self, shares: Sequence[Tensor]) -> None:
        for rules, own in zip(self.mixed, shares, strict=False):
            for rule, row in zip(rules, own.unbind(), strict=True):
                rule.shares = row

    def _layer(self, name: str) -> tuple[nn.Module, str]:
        """A tensor's layer, and its name there."""
        path, _, parameter = name.removeprefix(_PREFIX).rpartition(".")
        return self.network.get_submodule(path), parameter

    @torch.no_grad()
    def _round_activations(self, mean_bits: float) -> None:
        """Round what layers read; the mean of all activations' bits is at most `mean_bits`."""
        seen = dict[str, Tensor]()
        layers = {name: self._layer(name)[0] for name in self.weight_layers}
        hooks = [layer.register_forward_pre_hook(partial(_look, seen, name)) for name, layer in layers.items()]
        plain = self.batch(self.parts.weights, (self.recipe.seed, _FIRST), self.recipe.augmentation)
        self.network.eval()(plain.inputs)
        for hook in hooks:
            hook.remove()
        behind_relu = {name: x for name in self.weight_layers if (x := seen[name]).min() >= 0}
        numbers = {name: x[0].numel() * _FRONT // self.recipe.width for name, x in behind_relu.items()}
        for name, x in behind_relu.items():
            rule = MixedActivations(ACTIVATION_BITS, x, self.settings.quantizer).to(self.device)
            layers[name].register_forward_pre_hook(partial(_rounded, rule))
            self.mixed[1].append(rule)
        self.activation_layers = list(behind_relu)
        budget = mean_bits / 8 * sum(numbers.values())
        costs = activation_bytes(numbers, ACTIVATION_BITS)
        self.distributions.append(Distribution(costs, budget, "bytes of activations"))


def _look(seen: dict[str, Tensor], name: str, _: nn.Module, inputs: tuple[Any, ...]) -> None:
    seen[name] = inputs[0]


def _rounded(rule: MixedActivations, _: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    return (rule(inputs[0]), *inputs[1:])
