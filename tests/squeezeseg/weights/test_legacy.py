"""Weights of format 1: a network's name instead of its architecture, and the names that its tensors had then."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import save

from data.labels import CLASSES
from projection import PRESETS, InputError
from squeezeseg.engines.torch_engine import load_network
from squeezeseg.networks import ARCHITECTURES, Normalisation
from squeezeseg.networks.build import build
from squeezeseg.weights import load_weights, record_score

MEAN, STD = (9.0, 0.1, -1.1, 0.3, 11.0), (10.0, 7.0, 0.9, 0.2, 12.0)


def fires(shapes, names, upsample=False):
    """Tensors of fire modules. names: 'fire2' to (inputs, squeeze, expand)."""
    for name, (inputs, squeeze, expand) in names.items():
        shapes[f"{name}.squeeze.conv"] = (squeeze, inputs, 1, 1)
        shapes[f"{name}.expand1.conv"] = (expand, squeeze, 1, 1)
        shapes[f"{name}.expand3.conv"] = (expand, squeeze, 3, 3)
        if upsample:
            shapes[f"{name}.upsample.conv"] = (squeeze, squeeze, 1, 4)


def squeezeseg(channels=5):
    shapes = {"conv1.conv": (64, channels, 3, 3), "skip.conv": (64, channels, 1, 1), "conv14": (4, 64, 3, 3)}
    fires(shapes, {"fire2": (64, 16, 64), "fire3": (128, 16, 64), "fire4": (128, 32, 128), "fire5": (256, 32, 128)})
    fires(shapes, {"fire6": (256, 48, 192), "fire7": (384, 48, 192), "fire8": (384, 64, 256), "fire9": (512, 64, 256)})
    ups = {"fire10": (512, 64, 128), "fire11": (256, 32, 64), "fire12": (128, 16, 32), "fire13": (64, 16, 32)}
    fires(shapes, ups, upsample=True)
    return shapes


def squeezesegv2():
    shapes = squeezeseg(6)
    for name, channels in {"context1": 64, "context2": 128, "context3": 128}.items():
        shapes[f"{name}.squeeze"] = (channels // 16, channels, 1, 1)
        shapes[f"{name}.excite"] = (channels, channels // 16, 1, 1)
    return shapes


def fast():
    shapes = {"stem.conv": (32, 24, 3, 3), "down2.conv": (64, 64, 3, 3), "down3.conv": (128, 128, 3, 3)}
    for stage, channels, depth in ((1, 32, 2), (2, 64, 2), (3, 128, 1)):
        for block in range(depth):
            shapes |= {f"stage{stage}.{block}.{part}.conv": (channels,) * 2 + (3, 3) for part in ("first", "second")}
    shapes |= {"up2.conv": (128, 128, 1, 1), "merge2.conv": (64, 64, 3, 3), "up1.conv": (64, 64, 1, 1)}
    shapes |= {f"merge1.{part}.conv": (32, 32, 3, 3) for part in ("first", "second")}
    return shapes | {"head": (16, 32, 3, 3)}


NETWORKS = {"squeezeseg": squeezeseg, "squeezesegv2": squeezesegv2, "fast": fast}
TODAY = {
    **{name: ARCHITECTURES[name] for name in ("squeezeseg", "squeezesegv2")},
    "fast": replace(ARCHITECTURES["fast1"], name="fast"),
}
PLACES = {
    ("squeezeseg", "conv1.conv"): "backbone.stages.0.0.conv",
    ("squeezeseg", "fire3.squeeze.conv"): "backbone.stages.1.2.squeeze.conv",
    ("squeezeseg", "fire9.expand1.conv"): "backbone.stages.3.4.expand1.conv",
    ("squeezeseg", "fire13.upsample.conv"): "head.steps.3.upsample.conv",
    ("squeezeseg", "conv14"): "head.classifier",
    ("squeezesegv2", "fire3.squeeze.conv"): "backbone.stages.1.3.squeeze.conv",
    ("squeezesegv2", "context1.excite"): "backbone.stages.0.1.excite",
    ("squeezesegv2", "context2.squeeze"): "backbone.stages.1.2.squeeze",
    ("squeezesegv2", "context3.squeeze"): "backbone.stages.1.4.squeeze",
    ("fast", "stem.conv"): "backbone.stages.0.1.conv",
    ("fast", "stage1.1.second.conv"): "backbone.stages.0.3.second.conv",
    ("fast", "merge1.first.conv"): "head.merges.1.first.conv",
    ("fast", "merge2.conv"): "head.merges.0.conv",
    ("fast", "up1.conv"): "head.ups.1.conv",
    ("fast", "head"): "head.classifier",
}
"""Where some layers of then are now; those of equal shapes, which a mix-up would fit."""


def old_tensors(name):
    """All tensors of a network as it was, and of what else a file held."""
    random = np.random.default_rng(0)
    tensors = {"crf.angular": np.eye(4), "objects.hidden.bias": np.arange(3.0)}
    for layer, shape in NETWORKS[name]().items():
        tensors[f"network.{layer}.weight"] = random.normal(0, 0.1, shape)
        tensors[f"network.{layer}.bias"] = random.normal(0, 0.1, shape[:1])
    return {key: value.astype(np.float16) for key, value in tensors.items()}


def write(path, name, **fields):
    card = {
        "model": name,
        "classes": list(CLASSES),
        "sensor": "hdl64",
        "normalisation": {"mean": MEAN, "std": STD},
        "crf": None,
        "temperature": 1.25,
        "command": "squeezeseg train --then",
        "scores": {"a drive": {"car": 0.5}},
        **fields,
    }
    path.write_bytes(save(old_tensors(name), {"format": "squeezeseg-model/1", "card": json.dumps(card)}))
    return path


@pytest.fixture(params=NETWORKS)
def name(request):
    return request.param


@pytest.fixture
def path(tmp_path, name):
    return write(tmp_path / "old.safetensors", name)


def test_names_map_onto_a_whole_network(path, name):
    state = build(TODAY[name], 4, Normalisation()).state_dict()
    tensors = load_weights(path).part("network")
    assert {key: value.shape for key, value in tensors.items()} == {
        key: tuple(value.shape) for key, value in state.items()
    }
    assert load_network(load_weights(path)).architecture == TODAY[name]


@pytest.mark.parametrize(("of", "before"), PLACES)
@pytest.mark.parametrize("kind", ["weight", "bias"])
def test_a_layer_is_where_it_belongs(tmp_path, of, before, kind):
    model = load_weights(write(tmp_path / "old.safetensors", of))
    expected = old_tensors(of)[f"network.{before}.{kind}"]
    np.testing.assert_array_equal(model.tensors[f"network.{PLACES[of, before]}.{kind}"], expected.astype(np.float32))


def test_no_two_layers_share_a_place(path, name):
    read, written = load_weights(path).tensors.values(), old_tensors(name).values()
    assert sorted(float(value.sum()) for value in read) == sorted(
        float(value.astype(np.float32).sum()) for value in written
    )


def test_other_tensors_keep_their_names(path):
    model = load_weights(path)
    assert model.part("crf")["angular"].tolist() == np.eye(4).tolist()
    assert model.part("objects")["hidden.bias"].tolist() == [0, 1, 2]


def test_the_card_is_todays(path, name):
    card = load_weights(path).card
    assert card.architecture == TODAY[name]
    assert card.sensor == PRESETS["hdl64"]
    assert card.normalisation == Normalisation(MEAN, STD)
    assert (card.temperature, card.command, card.scores) == (1.25, "squeezeseg train --then", {"a drive": {"car": 0.5}})


def test_recording_a_score_writes_todays_format_and_nothing_is_lost(path, name):
    before = load_weights(path)
    record_score(path, "another", {"car": 0.75})
    with safe_open(path, "np") as file:
        assert file.metadata()["format"] == "squeezeseg-model/2"
        assert {file.get_tensor(key).dtype for key in file.keys()} == {np.dtype(np.float16)}  # noqa: SIM118 - no mapping
    after = load_weights(path)
    assert after.card.checksum == before.card.checksum
    assert after.card.scores == {"a drive": {"car": 0.5}, "another": {"car": 0.75}}
    assert after.tensors.keys() == before.tensors.keys()
    assert all(np.array_equal(after.tensors[key], value) for key, value in before.tensors.items())
    load_network(after)


@pytest.mark.parametrize(
    ("fields", "complaint"), [({"model": "darknet"}, "unknown model 'darknet'"), ({"sensor": "hdl3"}, "hdl3")]
)
def test_cards_that_name_what_is_not_there(tmp_path, fields, complaint):
    with pytest.raises(InputError, match=complaint):
        load_weights(write(tmp_path / "old.safetensors", "fast", **fields))


def test_squeezeseg_computes_what_it_did(tmp_path):
    """The forward pass of then, written out."""
    model = load_weights(write(tmp_path / "old.safetensors", "squeezeseg"))
    t = {key: torch.from_numpy(v.astype(np.float32)) for key, v in old_tensors("squeezeseg").items()}
    conv, pool = torch.nn.functional.conv2d, lambda x: torch.nn.functional.max_pool2d(x, 3, stride=(1, 2), padding=1)

    def unit(name, x, size=3, stride=(1, 1)):
        weight, bias = t[f"network.{name}.weight"], t[f"network.{name}.bias"]
        return torch.relu(conv(x, weight, bias, stride=stride, padding=size // 2))

    def fire(name, x):
        x = unit(f"{name}.squeeze.conv", x, 1)
        if f"network.{name}.upsample.conv.weight" in t:
            weight, bias = (t[f"network.{name}.upsample.conv.{part}"] for part in ("weight", "bias"))
            x = torch.relu(torch.nn.functional.conv_transpose2d(x, weight, bias, stride=(1, 2), padding=(0, 1)))
        return torch.cat([unit(f"{name}.expand1.conv", x, 1), unit(f"{name}.expand3.conv", x)], dim=1)

    x = torch.from_numpy(np.random.default_rng(1).normal(size=(1, 5, 3, 32)).astype(np.float32))
    half = unit("conv1.conv", x, stride=(1, 2))
    quarter = fire("fire3", fire("fire2", pool(half)))
    eighth = fire("fire5", fire("fire4", pool(quarter)))
    deep = fire("fire9", fire("fire8", fire("fire7", fire("fire6", pool(eighth)))))
    up = fire("fire12", fire("fire11", fire("fire10", deep) + eighth) + quarter) + half
    up = fire("fire13", up) + unit("skip.conv", x, 1)
    expected = conv(up, t["network.conv14.weight"], t["network.conv14.bias"], padding=1)
    with torch.no_grad():
        got = load_network(model)(x)["logits"]
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)
