"""Networks that training starts from."""

from __future__ import annotations

from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch
from helpers.models import card, fresh_network

from crf import CRFSettings
from projection import InputError
from squeezeseg import Model, save_model
from squeezeseg.networks import ARCHITECTURES
from squeezeseg.training.initial import SHIPPED, carry_over, initial_network, is_ours

FIRES = {
    2: "backbone.stages.1.1",
    3: "backbone.stages.1.2",
    4: "backbone.stages.2.1",
    5: "backbone.stages.2.2",
    6: "backbone.stages.3.1",
    7: "backbone.stages.3.2",
    8: "backbone.stages.3.3",
    9: "backbone.stages.3.4",
}
"""The places of SqueezeNet's fire modules in SqueezeSeg."""
KERAS = {"squeeze": "squeeze1x1", "expand1": "expand1x1", "expand3": "expand3x3"}


def write_keras(path, change=lambda layer, kernel: kernel):
    """SqueezeNet's fires in Keras' layout, of random numbers: kernels by (fire, layer), rows, columns, in, out."""
    rng = np.random.default_rng(0)
    kernels = {}
    network = fresh_network("squeezeseg", 4)
    with h5py.File(path, "w") as file:
        for number in range(2, 10):
            for ours, theirs in KERAS.items():
                shape = network.get_parameter(f"{FIRES[number]}.{ours}.conv.weight").shape
                kernel = rng.normal(size=(*shape[2:], shape[1], shape[0])).astype(np.float32)
                kernel = change(f"fire{number}/{theirs}", kernel)
                group = file.create_group(f"fire{number}/{theirs}/fire{number}/{theirs}_3")
                group["kernel:0"], group["bias:0"] = kernel, rng.normal(size=shape[0]).astype(np.float32)
                kernels[number, ours] = kernel
    return kernels


@pytest.fixture
def ours(tmp_path):
    """A file of our weights, and its network's tensors."""
    tensors = {f"network.{name}": value.numpy() for name, value in fresh_network("squeezeseg", 4).state_dict().items()}
    start = CRFSettings().angular_start()
    save_model(
        tmp_path / "ours.safetensors",
        Model(card("squeezeseg"), {**tensors, "crf.angular": start}),
        half=False,
    )
    return tmp_path / "ours.safetensors", tensors


@pytest.mark.parametrize("batch_norm", [False, True])
def test_the_encoder_starts_from_imagenet(tmp_path, batch_norm):
    kernels = write_keras(tmp_path / "net.h5")
    network = initial_network(str(tmp_path / "net.h5"), "squeezeseg", batch_norm=batch_norm)
    for (number, layer), kernel in kernels.items():
        weight = network.get_parameter(f"{FIRES[number]}.{layer}.conv.weight").detach().numpy()
        assert np.array_equal(weight, np.einsum("rcio->oirc", kernel))


def test_the_rest_starts_afresh(tmp_path):
    write_keras(tmp_path / "net.h5")
    torch.manual_seed(0)
    started = initial_network(str(tmp_path / "net.h5"), "squeezeseg", batch_norm=False)
    torch.manual_seed(0)
    fresh = fresh_network("squeezeseg", 4)
    for layer in ("backbone.stages.0.0.conv", "head.skip.conv", "head.steps.0.expand3.conv", "head.classifier"):
        assert torch.equal(started.get_parameter(f"{layer}.weight"), fresh.get_parameter(f"{layer}.weight"))


@pytest.mark.parametrize(
    "change",
    [
        lambda layer, kernel: kernel[..., :3] if layer == "fire5/expand1x1" else kernel,
        lambda layer, kernel: kernel.ravel() if layer == "fire5/expand1x1" else kernel,
        lambda layer, kernel: kernel * np.nan if layer == "fire5/expand1x1" else kernel,
    ],
    ids=["fewer channels", "flat", "NaN"],
)
def test_weights_of_another_network(tmp_path, change):
    write_keras(tmp_path / "net.h5", change)
    with pytest.raises(InputError, match=r"net\.h5: not the Keras weights of SqueezeNet v1\.1 \(fire5/expand1x1\)"):
        initial_network(str(tmp_path / "net.h5"), "squeezeseg", batch_norm=False)


def test_an_array_that_would_fill_the_memory(tmp_path):
    with h5py.File(tmp_path / "net.h5", "w") as file:
        file.create_dataset("fire2/squeeze1x1/kernel:0", (1 << 20, 1 << 20), "f4", fillvalue=1.0)
    assert (tmp_path / "net.h5").stat().st_size < 10_000
    with pytest.raises(InputError, match=r"an array of 1,099,511,627,776 numbers"):
        initial_network(str(tmp_path / "net.h5"), "squeezeseg", batch_norm=False)


def test_a_network_without_squeezenets_fire_modules(tmp_path):
    write_keras(tmp_path / "net.h5")
    with pytest.raises(InputError, match=r"net\.h5: SqueezeNet's weights fit the model squeezeseg, not fast"):
        initial_network(str(tmp_path / "net.h5"), "fast", batch_norm=False)


@pytest.mark.parametrize("content", [None, b"", b"no HDF5 at all"])
def test_a_file_that_is_no_hdf5(tmp_path, content):
    if content is not None:
        (tmp_path / "net.h5").write_bytes(content)
    with pytest.raises(InputError, match=r"net\.h5: cannot be read as HDF5"):
        initial_network(str(tmp_path / "net.h5"), "squeezeseg", batch_norm=False)


def test_a_cut_off_file(tmp_path):
    write_keras(tmp_path / "net.h5")
    whole = (tmp_path / "net.h5").read_bytes()
    (tmp_path / "net.h5").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"net\.h5"):
        initial_network(str(tmp_path / "net.h5"), "squeezeseg", batch_norm=False)


def test_weights_of_ours(ours):
    path, tensors = ours
    started = initial_network(str(path), "squeezeseg", batch_norm=False).state_dict()
    assert all(np.array_equal(value.numpy(), tensors[f"network.{name}"]) for name, value in started.items())


def test_weights_of_ours_for_another_model(ours):
    with pytest.raises(InputError, match="weights of the model squeezeseg, not fast; give --model too"):
        initial_network(str(ours[0]), "fast", batch_norm=False)


def test_weights_called_fast_of_before_are_fast1s(tmp_path):
    before = replace(card("fast1"), architecture=replace(ARCHITECTURES["fast1"], name="fast"))
    tensors = {f"network.{name}": value.numpy() for name, value in fresh_network("fast1").state_dict().items()}
    path = str(tmp_path / "before.safetensors")
    save_model(tmp_path / "before.safetensors", Model(before, tensors))
    with pytest.raises(InputError, match="weights of the model fast1, not fast; give --model too"):
        initial_network(path, "fast", batch_norm=False)
    assert initial_network(path, "fast1", batch_norm=False).architecture.levels == ARCHITECTURES["fast1"].levels


@pytest.mark.real
def test_the_published_weights(real):
    path = real / "weights" / "squeezenet_v1.1_imagenet_notop.h5"
    network = initial_network(str(path), "squeezeseg", batch_norm=False)
    with h5py.File(path) as file:
        names = []
        file["fire9"].visit(names.append)
        kernel = np.asarray(file["fire9"][next(n for n in names if "expand3x3" in n and n.endswith("kernel:0"))])
    weight = network.get_parameter(f"{FIRES[9]}.expand3.conv.weight").detach().numpy()
    assert np.array_equal(weight, np.einsum("rcio->oirc", kernel))


@pytest.mark.parametrize(
    ("name", "ours"), [("shipped", True), ("squeezeseg", True), ("a/b.safetensors", True), ("net.h5", False)]
)
def test_weights_of_ours_are_told_from_squeezenets(name, ours):
    assert is_ours(name) == ours


def test_shipped_stands_for_the_models_embedded_weights():
    shipped = initial_network(SHIPPED, "squeezeseg", batch_norm=False).state_dict()
    named = initial_network("squeezeseg", "squeezeseg", batch_norm=False).state_dict()
    assert all(torch.equal(value, named[name]) for name, value in shipped.items())


def test_fine_tuned_weights_keep_the_crf_that_they_started_with(ours):
    file, tensors = ours
    trained = {name: value + 1 for name, value in tensors.items()}
    model = carry_over(Model(card("squeezeseg", command="train"), {**trained, "crf.angular": np.eye(4)}), str(file))
    assert np.array_equal(model.tensors["crf.angular"], CRFSettings().angular_start())
    assert all(np.array_equal(model.tensors[name], value) for name, value in trained.items())
    assert (model.card.command, model.card.scores) == ("train", {})
