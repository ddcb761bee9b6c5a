"""Blocks of a network: layers and steps taken together by the block that they are in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_BLOCK = re.compile(
    r"(?P<stage>(backbone\.)?stages\.\d+\.\d+)|(?P<end>end\.\d+)|(?P<head>(head|decoder)(\.(steps|ups|merges|laterals)\.\d+|\.[a-z]\w*)?)"
)
INPUT = "input"
_OPERATIONS = "sums"


@dataclass
class BlockSum:
    """All layers of a block.

    milliseconds: None where nothing was measured. allowed: by the roofline. stored: bytes in a container.
    """

    name: str
    parameters: int = 0
    macs: int = 0
    moved: int = 0
    milliseconds: float | None = None
    allowed: float = 0.0
    stored: int = 0


def block_of(name: str) -> str:
    """The path of the block that a layer of this name is in; `INPUT` where it is in none."""
    match = _BLOCK.match(name)
    return match[0] if match else INPUT


def by_block(result: Mapping[str, Any]) -> list[BlockSum]:
    """A network's blocks in order, from a result; what an engine did for itself comes last."""
    modules = {one["name"]: one["module"] for one in result["layers"]}
    blocks: dict[str, BlockSum] = {}

    def block(name: str) -> BlockSum:
        path = block_of(modules[name]) if name in modules else "engine"
        return blocks.setdefault(path, BlockSum(_title(path, result["blocks"])))

    for one in result["layers"]:
        if one["kind"] not in ("view", "activation") or one["parameters"]:
            own = block(one["name"])
            own.parameters += one["parameters"]
            own.macs += one["macs"]
            own.moved += one["read"] + one["written"]
    for module, stored in (result["container"] or {"layers": {}})["layers"].items():
        path = block_of(module)
        blocks.setdefault(path, BlockSum(_title(path, result["blocks"]))).stored += stored
    if (measured := result["measured"]) is not None:
        for own in blocks.values():
            own.milliseconds = 0.0
        for one in measured["steps"]:
            own = block(one["name"])
            own.milliseconds = (own.milliseconds or 0.0) + one["milliseconds"]
            own.allowed += (one["share_of_roofline"] or 0.0) * one["milliseconds"]
    return list(blocks.values())


def _title(path: str, blocks: Mapping[str, str]) -> str:
    """'2.0 ir_k3_s2_c24', 'head.project'."""
    place = path.removeprefix("backbone.").removeprefix("stages.")
    if path == "engine":
        return "reorder, convert"
    return f"{place} {blocks[path]}" if path in blocks else place
