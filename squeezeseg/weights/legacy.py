"""Weights of format 1, whose networks were classes with a name: to architectures and their tensors' names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, TypeVar

from projection import preset
from squeezeseg.networks import ARCHITECTURES, Architecture, architecture

T = TypeVar("T")

_FIRES = {f"fire{k}": f"backbone.stages.3.{k - 5}" for k in range(6, 10)}
_FIRES |= {f"fire{k}": f"backbone.stages.2.{k - 3}" for k in (4, 5)}
_FIRES |= {f"fire{k}": f"head.steps.{k - 10}" for k in range(10, 14)}
_ENDS = {"conv1": "backbone.stages.0.0", "skip": "head.skip", "conv14": "head.classifier"}
_FAST = {"stem": "backbone.stages.0.1", "down2": "backbone.stages.1.1", "down3": "backbone.stages.2.1"}
_FAST |= {f"stage{s}.{k}": f"backbone.stages.{s - 1}.{k + 2}" for s in (1, 2, 3) for k in (0, 1)}
_FAST |= {"up2": "head.ups.0", "merge2": "head.merges.0", "up1": "head.ups.1", "merge1": "head.merges.1"}
_FAST |= {"head": "head.classifier"}
_V2 = {"context1": "backbone.stages.0.1", "context2": "backbone.stages.1.2", "context3": "backbone.stages.1.4"}

MODULES: Mapping[str, Mapping[str, str]] = {
    "squeezeseg": _FIRES | _ENDS | {"fire2": "backbone.stages.1.1", "fire3": "backbone.stages.1.2"},
    "squeezesegv2": _FIRES | _ENDS | _V2 | {"fire2": "backbone.stages.1.1", "fire3": "backbone.stages.1.3"},
    "fast": _FAST,
}
"""Modules of today by those of format 1, by network."""
_NETWORKS: Mapping[str, Architecture] = {"fast": replace(ARCHITECTURES["fast1"], name="fast")}
"""Networks of format 1 that are called otherwise today. They keep their name, on which checksums depend."""


def upgraded_card(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """A card's fields as today's format has them. Raises InputError for an unknown network or sensor."""
    if "model" not in fields:
        return fields
    upgraded = {name: value for name, value in fields.items() if name != "model"}
    name = fields["model"]
    upgraded["architecture"] = (_NETWORKS.get(name) or architecture(name)).as_dict()
    upgraded["sensor"] = asdict(preset(fields["sensor"]))
    return upgraded


def upgraded_tensors(network: str, tensors: Mapping[str, T]) -> dict[str, T]:
    """A model's tensors by the names of today, 'network.' in front of the network's."""
    modules = MODULES[network]
    return {_renamed(name, modules): value for name, value in tensors.items()}


def _renamed(name: str, modules: Mapping[str, str]) -> str:
    part, _, rest = name.partition(".")
    if part != "network":
        return name
    words = rest.split(".")
    for count in (2, 1):  # 'stage1.0' before 'stage1'
        if (module := modules.get(".".join(words[:count]))) is not None:
            return ".".join([part, module, *words[count:]])
    return name
