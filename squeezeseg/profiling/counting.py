"""Layers of a network counted: it is run on shapes alone, without weights or images."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.backbones.description import Backbone
from squeezeseg.networks.build import build
from squeezeseg.networks.classifier import RGB, Classifier
from squeezeseg.networks.normalisation import Normalisation
from squeezeseg.profiling.layer import INPUT, Kind, Layer, Layers

CLASSES = 4
HEIGHT, WIDTH = 64, 512
"""Of the front view."""
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("mean", "max_pool2d_with_indices", "avg_pool2d", "_adaptive_avg_pool2d"), "pool"),
    **dict.fromkeys(("upsample_bilinear2d", "upsample_nearest2d"), "resize"),
    **dict.fromkeys(("native_batch_norm", "_native_batch_norm_legit_no_training"), "norm"),
    **dict.fromkeys(("add", "sub", "mul", "div", "gt", "ge", "lt", "le", "_to_copy"), "elementwise"),
    **dict.fromkeys(
        ("relu", "hardtanh", "hardswish", "silu", "_prelu_kernel", "sigmoid", "hardsigmoid", "detach"), "activation"
    ),
    **dict.fromkeys(("cat", "stack"), "concatenation"),
    **dict.fromkeys(("clone", "copy_", "constant_pad_nd", "roll", "slice_scatter", "index"), "copy"),
    **dict.fromkeys(
        ("view", "_unsafe_view", "transpose", "permute", "slice", "split", "expand", "unsqueeze", "squeeze", "select",
         "alias", "t"),
        "view",
    ),
}  # fmt: skip
"""Kinds of PyTorch's operations, but for convolutions and linear layers."""


def count(network: Architecture | Backbone, height: int | None = None, width: int | None = None) -> Layers:
    """The layers of an architecture as it is deployed, batch norm folded away; of a backbone, its classification form.

    height, width: of the image, in pixels; by default 64 x 512, the front view, and what a backbone was published for.

    Raises:
        InputError: the architecture can't be built.

    Example:
        >>> count(ARCHITECTURES["squeezeseg"]).parameters
        906308
    """
    with torch.device("meta"):
        if isinstance(network, Backbone):
            shape = (1, RGB, height or network.height, width or network.width)
            return count_module(Classifier(network), shape)
        shape = (1, network.inputs, height or HEIGHT, width or WIDTH)
        return count_module(build(network, CLASSES, Normalisation()), shape)


def count_module(module: nn.Module, image: tuple[int, ...]) -> Layers:
    """The layers of a module whose input has this shape, (1, C, H, W).

    Raises:
        ValueError: it has an operation that isn't known here.
    """
    with torch.device("meta"):
        module = module.to("meta").eval()
        recorder = _Recorder(module)
        x = torch.empty(image)
        recorder.remember(x, INPUT)
        with _told_where(module, recorder), torch.no_grad(), recorder:
            module(x)
    unused = [
        Layer(name, name.rpartition(".")[0], "", "unused", None, (), parameter.numel(), 0, 0, 0, ())
        for name, parameter in module.named_parameters()
        if id(parameter) not in recorder.used
    ]
    return Layers(image, (*_named(recorder.layers), *unused))


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes each operation that PyTorch comes down to."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.path = ""
        self.layers: list[Layer] = []
        self.used = set[int]()
        self._sizes = {id(parameter): parameter.numel() for parameter in module.parameters()}
        self._of = {one: {one} for one in self._sizes}  # the parameters that a tensor, say a view, is made of
        self._made: dict[int, int] = {}
        self._kept: list[Tensor] = []  # for an id is one tensor's only as long as it lives

    def remember(self, tensor: Tensor, layer: int) -> None:
        """Note the layer that made a tensor."""
        self._made[id(tensor)] = layer
        self._kept.append(tensor)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation, and note it."""
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        outputs = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        parameters = set[int]().union(*(self._of.get(id(t), set()) for t in tensors))
        inputs = [t for t in tensors if id(t) in self._made]
        if not inputs:  # a place for a result, or what is made of weights alone
            for output in outputs:
                self._of[id(output)] = parameters
                self._kept.append(output)
            return result
        new, self.used = parameters - self.used, self.used | parameters
        for output in outputs:
            self.remember(output, len(self.layers))
        kind, kernel, macs = _work(name, args, outputs[0])
        still = kind in ("activation", "view")
        self.layers.append(
            Layer(
                "",
                self.path,
                name,
                kind,
                kernel,
                tuple(outputs[0].shape),
                sum(self._sizes[one] for one in new),
                macs,
                0 if still else sum(t.numel() for t in inputs),
                0 if still else outputs[0].numel(),  # a maximum's place is nobody's business
                tuple(self._made[id(t)] for t in inputs),
            )
        )
        return result


def _work(name: str, args: tuple[Any, ...], output: Tensor) -> tuple[Kind, tuple[int, int] | None, int]:
    """The kind of an operation, its kernel, and the multiply-adds for one image."""
    if name in ("addmm", "mm"):
        return "linear", None, output.numel() * args[-1].shape[0]
    if name != "convolution":
        if name not in _KINDS:
            raise ValueError(f"operation {name}: of no known kind; add it to squeezeseg/profiling/counting.py")
        return _KINDS[name], None, 0
    x, weight, transposed, groups = args[0], args[1], args[6], args[8]
    kernel = (weight.shape[2], weight.shape[3])
    if transposed:
        return "transposed", kernel, x.numel() // x.shape[1] * weight.numel()
    macs = output.numel() * math.prod(weight.shape[1:])
    if output.shape[2:] == (1, 1):
        return "linear", kernel, macs
    if groups > 1:
        return "depthwise" if groups == x.shape[1] else "grouped", kernel, macs
    return "1x1" if kernel == (1, 1) else "dense", kernel, macs


@contextmanager
def _told_where(module: nn.Module, recorder: _Recorder) -> Iterator[None]:
    """While it is open, the recorder knows which module runs."""
    above: list[str] = []

    def enter(path: str) -> Any:
        def hook(*_: Any) -> None:
            above.append(recorder.path)
            recorder.path = path

        return hook

    def leave(*_: Any) -> None:
        recorder.path = above.pop()

    handles = []
    for path, one in module.named_modules():
        handles += [one.register_forward_pre_hook(enter(path)), one.register_forward_hook(leave)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _named(layers: list[Layer]) -> list[Layer]:
    """The layers, each with a name of its own."""
    operations = Counter(layer.module for layer in layers)
    seen = Counter[str]()
    named = []
    for layer in layers:
        name = layer.module
        if operations[layer.module] > 1 or not name:
            name = f"{name}.{layer.operation}".strip(".")
            seen[name] += 1
            if seen[name] > 1:
                name = f"{name}_{seen[name]}"
        named.append(layer._replace(name=name))
    return named
