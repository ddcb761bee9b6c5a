"""Weights that the networks of a space share."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from data.labels import CLASSES
from squeezeseg.networks.build import Network, build
from squeezeseg.networks.normalisation import Normalisation
from squeezeseg.search.space import Choices, Space


class SharedWeights:
    """The weights of a super net: networks with the same block in the same place have the same weights there.

    A network that is drawn is the very `Network` that `build` makes of its architecture, with these parameters in it.
    So widths need no masks: a block of another width has weights of its own, which makes each weight learn from fewer
    steps, and costs memory only. Slices of one weight would be shared by more, but be right for plain convolutions
    alone: with a fire module's or ESPNetv2's branches side by side, with groups, shuffles and folded columns, the first
    channels of the wide block aren't those of the narrow one.

    A head's weights are shared by all heads of its kind in which they have the same name and shape. Batch norm's
    running statistics aren't shared: no two networks have the same, so they are estimated for each, see `settle`.

    parameters: by place, block and name. seed: of their first values.
    """

    def __init__(self, space: Space, seed: int, device: torch.device) -> None:
        self.space, self.device, self._seed = space, device, seed
        self.parameters: dict[str, nn.Parameter] = {}
        self._normalisation = Normalisation.of(space.encoding)

    def network(self, choices: Choices) -> Network:
        """The network of these choices, in training mode. Weights that no network had before are made now."""
        architecture = self.space.network(choices)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._seed)
            network = build(architecture, len(CLASSES), self._normalisation, batch_norm=True)
        network = network.to(self.device)
        # torch leaves the parameters that they are, and moves their memory.
        nn.utils.convert_conv2d_weight_memory_format(network, torch.channels_last)
        for place, module in self._places(network, choices):
            for name, owner, leaf in _named(module):
                own = owner._parameters[leaf]
                assert own is not None
                key = f"{place}/{name}/{'x'.join(map(str, own.shape))}"
                owner._parameters[leaf] = self.parameters.setdefault(key, own)
        return network.train()

    def _places(self, network: Network, choices: Choices) -> Iterator[tuple[str, nn.Module]]:
        for stage, parts in zip(network.backbone.stages, self.space.parts(choices), strict=True):
            assert isinstance(stage, nn.Sequential)
            for module, part in zip(stage, parts, strict=True):
                yield f"{part.place}/{part.block}", module
        yield f"head/{network.architecture.head[0]}", network.head


def _named(module: nn.Module) -> Iterator[tuple[str, nn.Module, str]]:
    """The parameters of a module: name, owner, and name within the owner."""
    for prefix, owner in module.named_modules():
        for leaf, value in owner._parameters.items():
            if value is not None:
                yield f"{prefix}.{leaf}".lstrip("."), owner, leaf
