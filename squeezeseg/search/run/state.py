"""The state of a search: shared weights, the distribution, both optimisers, the step."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.normalisation import Normalisation
from squeezeseg.search.run.data import split
from squeezeseg.search.run.settings import SearchSettings
from squeezeseg.search.space import Space
from squeezeseg.search.supernet.distribution import Distribution, Sample
from squeezeseg.search.supernet.latency import LatencyModel
from squeezeseg.search.supernet.objective import surrogate
from squeezeseg.search.supernet.shared_weights import SharedWeights
from squeezeseg.training.augmentation import PLAIN, Augmentation
from squeezeseg.training.batch import Batch, draw_batch
from squeezeseg.training.checkpoint import Checkpoint
from squeezeseg.training.losses import segmentation_loss
from squeezeseg.training.run import mixed_seed
from squeezeseg.training.samples import SampleStore
from squeezeseg.training.settings import in_bfloat16, learning_rate

_WEIGHTS, _ARCHITECTURE, _SETTLE, _HELD, _FINAL = range(5)
"""What random numbers are for: two purposes never share any."""
_TRIES = 8
"""Times that as many networks are drawn as are to be ranked, to find so many that differ."""


class SearchState:
    """The state of a search, and its steps. Everything random is drawn from (seed, purpose, step).

    identity: of latencies and data, see `Checkpoint.data`.
    """

    def __init__(self, settings: SearchSettings, space: Space, latency: LatencyModel, store: SampleStore) -> None:
        self.settings, self.space, self.latency = settings, space, latency
        self.identity = f"{store.fingerprint} {latency.fingerprint}"
        self.recipe, self.parts, self.step = settings.recipe, split(store), 0
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.half = in_bfloat16(self.recipe.precision, self.device)
        self.shared = SharedWeights(space, self.recipe.seed, self.device)
        self.distribution = Distribution(space)
        self.optimiser = torch.optim.AdamW([{"params": []}], self.recipe.rate, weight_decay=self.recipe.decay)
        # Apart from the weights: their decay and their steps are none of the distribution's.
        self.learner = torch.optim.Adam([self.distribution.theta], settings.rate, weight_decay=settings.decay)
        self.class_weights = torch.tensor(self.recipe.class_weights, device=self.device)

    def train_weights(self) -> tuple[float, Sample]:
        """One step of the weights of one network that is drawn: its loss, and which it was."""
        seed = mixed_seed(self.recipe.seed, _WEIGHTS, self.step)
        (sample,) = self.distribution.draw(self.latency, self.settings.latency, 1, seed)
        network = self.shared.network(sample.choices)
        self._watch_new_weights()
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.recipe, self.step)
        torch.manual_seed(seed)  # for dropout
        batch = self.batch(self.parts.weights, _WEIGHTS, self.step)
        loss = self.loss(self.logits(network, batch), batch)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(network.parameters(), self.recipe.clip)
        self.optimiser.step()
        return loss.item(), sample

    def train_architecture(self) -> tuple[list[float], list[Sample]]:
        """One step of the distribution: the losses of the networks that were compared, and which they were."""
        s = self.settings
        seed = mixed_seed(self.recipe.seed, _ARCHITECTURE, self.step)
        samples = self.distribution.draw(self.latency, s.latency, s.paths, seed)
        batch = self.batch(self.parts.architecture, _ARCHITECTURE, self.step)
        torch.manual_seed(seed)  # for dropout
        with torch.no_grad():
            networks = (self.shared.network(sample.choices) for sample in samples)
            losses = [self.loss(self.logits(network, batch), batch).item() for network in networks]
        value = surrogate(
            self.distribution,
            self.latency,
            samples,
            losses,
            temperature=s.temperature(self.step),
            alpha=s.alpha,
            beta=s.beta,
        )
        self.learner.zero_grad(set_to_none=True)
        torch.autograd.backward(value)
        self.learner.step()
        return losses, samples

    def final_samples(self) -> list[Sample]:
        """Different networks of the distribution as it is now, to be ranked; fewer where it hardly has as many."""
        wanted = self.settings.candidates
        found: dict[Architecture, Sample] = {}
        for number in range(_TRIES):
            seed = mixed_seed(self.recipe.seed, _FINAL, number)
            for sample in self.distribution.draw(self.latency, self.settings.latency, wanted, seed):
                # Skips in other places may give the same network.
                found.setdefault(self.space.network(sample.choices), sample)
            if len(found) >= wanted:
                break
        return list(found.values())[:wanted]

    def settle_batches(self) -> list[Batch]:
        """Batches that batch norm's statistics are estimated on, of what the weights learned from."""
        return [self.batch(self.parts.weights, _SETTLE, k) for k in range(self.settings.settle)]

    def held_batches(self) -> list[Batch]:
        """Batches that nothing was learned from, as they were recorded."""
        plain = replace(PLAIN, people=self.recipe.augmentation.people)
        return [self.batch(self.parts.held, _HELD, k, plain) for k in range(self.settings.judge)]

    def batch(self, store: SampleStore, purpose: int, number: int, augmentation: Augmentation | None = None) -> Batch:
        """A random batch of a store."""
        recipe = self.recipe
        return draw_batch(
            [store] * recipe.batch,
            recipe.width,
            augmentation or recipe.augmentation,
            Normalisation.of(self.space.encoding),
            (recipe.seed, purpose, number),
            self.device,
        )

    def logits(self, network: nn.Module, batch: Batch) -> Tensor:
        """A network's answer to a batch, (B, classes, H, W)."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            logits: Tensor = network(batch.inputs)["logits"]
        return logits.float()

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """The recipe's loss, which stands for CE."""
        return segmentation_loss(logits, batch.labels, self.class_weights, self.recipe.focal, self.recipe.lovasz)

    def checkpoint(self) -> Checkpoint:
        """The state that `restore` goes on from."""
        tensors: dict[str, Tensor] = {f"weights.{key}": value for key, value in self.shared.parameters.items()}
        for key, value in self.shared.parameters.items():
            tensors |= {f"optimiser.{name}.{key}": one for name, one in self.optimiser.state.get(value, {}).items()}
        tensors["distribution.theta"] = self.distribution.theta
        state = self.learner.state.get(self.distribution.theta, {})
        tensors |= {f"learner.{name}": one for name, one in state.items()}
        return Checkpoint(self.step, self.settings.model_dump_json(), self.identity, tensors)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint. Raises KeyError or RuntimeError where it is of another search."""
        self.step = checkpoint.step
        for key, value in checkpoint.part("weights").items():
            layout = torch.channels_last if value.dim() == 4 else torch.contiguous_format
            self.shared.parameters[key] = nn.Parameter(value.to(self.device).contiguous(memory_format=layout))
        self._watch_new_weights()
        for name, value in checkpoint.part("optimiser").items():
            kind, key = name.split(".", 1)
            parameter = self.shared.parameters[key]
            self.optimiser.state[parameter][kind] = _like(value, parameter, kind)
        self.distribution.load_state_dict(checkpoint.part("distribution"))
        for name, value in checkpoint.part("learner").items():
            self.learner.state[self.distribution.theta][name] = value

    def _watch_new_weights(self) -> None:
        """Tell the optimiser of weights that no network had before."""
        group = self.optimiser.param_groups[0]["params"]
        known = set(map(id, group))
        group += [one for one in self.shared.parameters.values() if id(one) not in known]


def _like(value: Tensor, parameter: Tensor, kind: str) -> Tensor:
    """A tensor of an optimiser's state, in the memory format of its parameter; the count of steps stays as it is."""
    return value if kind == "step" else torch.empty_like(parameter).copy_(value)
