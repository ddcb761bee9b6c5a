"""The CRF and the temperature of a finished network."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from crf import CRFSettings
from squeezeseg.networks.normalisation import Normalisation
from squeezeseg.training.batch import Batch
from squeezeseg.training.crf_fit import SharpCRF, fit_crf
from squeezeseg.training.losses import cross_entropy
from squeezeseg.training.temperature import fit_temperature


def drawn(temperature, count=20_000, classes=4, seed=0):
    """Logits, and truths drawn from what softmax(logits / temperature) promises."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 4, (count, classes)).astype(np.float32)
    powers = np.exp(logits / temperature)
    chances = powers / powers.sum(axis=1, keepdims=True)
    truth = (rng.random((count, 1)) > chances.cumsum(axis=1)).sum(axis=1).clip(max=classes - 1)
    return logits, truth.astype(np.uint8)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_is_found(temperature):
    assert fit_temperature(*drawn(temperature)) == pytest.approx(temperature, rel=0.05)


def test_the_temperature_ignores_what_all_classes_share():
    logits, truth = drawn(2.0)
    shifted = logits + np.linspace(-500, 500, len(logits), dtype=np.float32)[:, None]
    assert fit_temperature(shifted, truth) == pytest.approx(fit_temperature(logits, truth), rel=1e-2)


@pytest.mark.parametrize(("logits", "truth"), [((0, 4), (0,)), ((3, 4), (2,))])
def test_the_temperature_needs_a_truth_for_each_pixel(logits, truth):
    with pytest.raises(ValueError, match="expected logits"):
        fit_temperature(np.zeros(logits, np.float32), np.zeros(truth, np.uint8))


def flat_scene(labels):
    """A wall at 10 m with logits that hint at `labels` (H, W), and its labels."""
    height, width = labels.shape
    channels = np.zeros((1, 5, height, width), np.float32)
    channels[0, 0] = channels[0, 4] = 10
    channels[0, 1] = np.linspace(-5, 5, width)
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 1, (1, 4, height, width)).astype(np.float32)
    logits[0] += np.eye(4, dtype=np.float32)[labels].transpose(2, 0, 1)
    return torch.from_numpy(Normalisation()(channels)), torch.from_numpy(logits), torch.from_numpy(labels)[None]


def test_fitting_the_crf_lowers_its_loss():
    labels = np.repeat(np.arange(4), 8)[None].repeat(6, axis=0)
    inputs, logits, truth = flat_scene(labels)
    crf, told = SharpCRF(CRFSettings(), Normalisation()), []
    batches = iter([Batch(inputs, inputs, truth, metres=inputs)] * 20)

    def loss(energies, labels):
        return cross_entropy(energies, labels, torch.ones(4))

    fit_crf(lambda _: {"logits": logits}, batches, 20, loss, lambda *at: told.append(at), crf)
    assert [step for step, *_ in told] == list(range(1, 21))
    assert told[-1][1] < 0.9 * told[0][1]


def test_no_steps_leave_the_crf_as_it_was():
    crf = SharpCRF(CRFSettings(), Normalisation())
    fit_crf(lambda x: x, iter(()), 0, cross_entropy, lambda *_: None, crf)
    assert np.array_equal(crf.crf.angular_compatibility.detach().numpy(), CRFSettings().angular_start())


@pytest.mark.parametrize("normalisation", [Normalisation(), Normalisation((9.0, 0.0, -1.0, 0.3, 30.0), (2.0,) * 5)])
def test_the_crf_tells_returns_from_empty_pixels_by_the_normalisation(normalisation):
    channels = np.zeros((1, 5, 2, 8), np.float32)
    channels[0, 0, :, ::2] = channels[0, 4, :, ::2] = 0.9  # the nearest return that a sensor gives
    crf, seen = SharpCRF(CRFSettings(), normalisation), []
    crf.crf.register_forward_pre_hook(lambda _, given: seen.append(given[2]))
    crf(torch.zeros(1, 4, 2, 8), torch.from_numpy(normalisation(channels)))
    assert torch.equal(seen[0], torch.from_numpy(channels[:, 4] > 0))
