"""LSQ and PACT against slow twins, and against differences where the function has any."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.tools import needs
from hypothesis import given, settings
from hypothesis import strategies as st

needs("torch")

import torch
from oracles import quantizers as slow

from squeezeseg.quantizers.learned_clip import LearnedClip, learned_clip
from squeezeseg.quantizers.learned_step import LearnedStep, changed, code_limits, learned_step

SEEDS = st.integers(0, 2**16)


def numbers(seed, count=40):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1, count).astype(np.float32), rng.normal(0, 1, count).astype(np.float32)


def pulled(function, values, parameter, gradient):
    """What a quantizer gives, and the gradients for its values and its parameter."""
    x = torch.from_numpy(values).requires_grad_()
    p = torch.tensor(parameter, dtype=torch.float32).requires_grad_()
    found = function(x, p)
    torch.autograd.backward(found, torch.from_numpy(gradient))
    return found.detach().numpy(), x.grad.numpy(), p.grad.item()


@settings(deadline=None, max_examples=50)
@given(SEEDS, st.sampled_from([2, 3, 4, 6, 8]), st.booleans(), st.floats(0.01, 2))
def test_learned_steps_are_those_of_the_paper(seed, bits, signed, step):
    values, gradient = numbers(seed)
    least, most = code_limits(bits, signed=signed)
    step = float(np.float32(step))
    found = pulled(lambda x, s: learned_step(x, s, least, most), values, step, gradient)
    # In float32 as there, so that both round the same way.
    expected = slow.learned_step(values / np.float32(step), 1.0, least, most, gradient)
    np.testing.assert_allclose(found[0], expected[0] * step, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(found[1], expected[1])
    assert found[2] == pytest.approx(expected[2], rel=1e-4, abs=1e-4)


@settings(deadline=None, max_examples=50)
@given(SEEDS, st.sampled_from([2, 4, 8]), st.floats(0.05, 3))
def test_learned_clips_are_those_of_the_paper(seed, bits, clip):
    values, gradient = numbers(seed)
    clip = float(np.float32(clip))
    found = pulled(lambda x, c: learned_clip(x, c, 2**bits - 1), values, clip, gradient)
    expected = slow.learned_clip(values, clip, bits, gradient)
    # A value between two codes may go to either.
    np.testing.assert_allclose(found[0], expected[0], atol=1.01 * clip / (2**bits - 1) * 1e-3 + 1e-6)
    np.testing.assert_allclose(found[1], expected[1])
    assert found[2] == pytest.approx(expected[2], rel=1e-4, abs=1e-4)


@pytest.mark.parametrize(
    ("function", "slowed_by"),
    [(lambda x, s: learned_step(x, s, -4, 3), (3 * 3) ** 0.5), (lambda x, c: learned_clip(x, 3 * c, 3), 1.0)],
    ids=["learned step", "learned clip"],
)
def test_beyond_the_codes_gradients_are_differences(function, slowed_by):
    """There a rounded value moves with the parameter; between the codes it has no slope, and gets one nonetheless."""
    x = torch.tensor([5.0, -7.0, 4.0], dtype=torch.float64)
    p = torch.tensor(1.0, dtype=torch.float64).requires_grad_()
    function(x, p).sum().backward()
    with torch.no_grad():
        difference = (function(x, p + 1e-6).sum() - function(x, p - 1e-6).sum()) / 2e-6
    assert slowed_by * p.grad.item() == pytest.approx(difference.item(), rel=1e-4)


def test_channels_have_steps_of_their_own():
    values = torch.from_numpy(numbers(0, 24)[0]).reshape(4, 6)
    steps = torch.tensor([[0.1], [0.2], [0.3], [0.4]])
    whole = learned_step(values, steps.requires_grad_(), -8, 7)
    whole.sum().backward()
    for row in range(4):
        step = steps.detach()[row].requires_grad_()
        alone = learned_step(values[row], step, -8, 7)
        alone.sum().backward()
        torch.testing.assert_close(whole[row], alone)
        torch.testing.assert_close(steps.grad[row], step.grad)


@pytest.mark.parametrize("kind", [LearnedStep, LearnedClip])
@pytest.mark.parametrize(("bits", "most_error"), [(8, 0.02), (4, 0.25)])
def test_activations_start_near_what_they_are(kind, bits, most_error):
    x = torch.from_numpy(numbers(3, 4000)[0]).relu()
    rounded = kind(bits, x)(x)
    assert len(rounded.unique()) <= 2**bits
    assert (rounded >= 0).all()
    assert (rounded - x).square().mean().sqrt() / x.square().mean().sqrt() < most_error


@pytest.mark.parametrize("kind", [LearnedStep, LearnedClip])
def test_what_was_zero_stays_zero(kind):
    x = torch.from_numpy(numbers(3, 400)[0]).relu()
    assert (kind(4, x)(x)[x == 0] == 0).all()


@pytest.mark.parametrize("kind", [LearnedStep, LearnedClip])
def test_the_type_stays(kind):
    x = torch.from_numpy(numbers(3, 400)[0]).relu().bfloat16()
    assert kind(4, x)(x).dtype == torch.bfloat16


@pytest.mark.parametrize("start", [1e-4, 1.0])
def test_an_optimiser_changes_small_steps_and_large_ones_by_the_same_share(start):
    change = torch.zeros(()).requires_grad_()
    optimiser = torch.optim.Adam([change], 2e-4)
    changed(torch.tensor(start), change).backward()
    optimiser.step()
    assert changed(torch.tensor(start), change).item() == pytest.approx(start * (1 - 2e-3), rel=1e-4)
