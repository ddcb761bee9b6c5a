from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from helpers.spaces import TOY, FakeTable, sum_of_cases
from torch import nn

from projection import InputError
from squeezeseg.search.space import SPACES
from squeezeseg.search.supernet.distribution import Distribution, Sample
from squeezeseg.search.supernet.latency import LatencyModel
from squeezeseg.search.supernet.objective import latency_factor, surrogate
from squeezeseg.search.supernet.shared_weights import SharedWeights

CPU = torch.device("cpu")
FREE = 1.0
"""Seconds within which every network is."""


@pytest.fixture(scope="module")
def latency():
    return LatencyModel(TOY, FakeTable(), 64, 512)


def one_hot(space, choices):
    counts = [len(decision.options) for decision in space.decisions]
    return [nn.functional.one_hot(torch.tensor(k), n).double() for k, n in zip(choices, counts, strict=True)]


@pytest.mark.parametrize("space", [TOY, *SPACES.values()], ids=lambda space: space.name)
@pytest.mark.parametrize("table", [FakeTable(0, 1), FakeTable(2e-5, 0.9)], ids=["sum", "corrected"])
def test_a_networks_latency_is_the_sum_of_its_cases(space, table):
    model, random = LatencyModel(space, table, 64, 512), np.random.default_rng(1)
    choices = [space.draw_choices(random) for _ in range(10)]
    expected = [sum_of_cases(space, table, one) for one in choices]
    np.testing.assert_allclose(model.seconds(np.array(choices)), expected)
    np.testing.assert_allclose([model.relaxed(one_hot(space, one)).item() for one in choices], expected)


def test_a_mixtures_latency_is_the_expected_one(latency):
    random = np.random.default_rng(2)
    shares = [random.dirichlet(np.ones(len(decision.options))) for decision in TOY.decisions]
    drawn = np.stack([random.choice(len(one), 20_000, p=one) for one in shares], axis=1)
    relaxed = latency.relaxed([torch.from_numpy(one) for one in shares]).item()
    assert relaxed == pytest.approx(latency.seconds(drawn).mean(), rel=0.01)


def test_times_of_no_networks():
    with pytest.raises(InputError, match="logarithm of microseconds"):
        LatencyModel(TOY, FakeTable(offset=-1.0), 64, 512)


@pytest.mark.parametrize(("seconds", "factor"), [(np.e * 1e-6, 0.2), (1e-3, 0.2 * np.log(1000) ** 0.6)])
def test_latencies_count_in_microseconds(seconds, factor):
    assert latency_factor(torch.tensor(seconds), 0.2, 0.6).item() == pytest.approx(factor)


def test_networks_are_drawn_by_their_probabilities(latency):
    distribution = Distribution(TOY)
    with torch.no_grad():
        distribution.theta[3, :3] = torch.tensor([0.2, 0.5, 0.3]).log()
    drawn = Counter(one.choices[3] for one in distribution.draw(latency, FREE, 10_000, seed=1))
    np.testing.assert_allclose([drawn[k] / 10_000 for k in range(3)], [0.2, 0.5, 0.3], atol=0.02)


def test_what_is_drawn_is_within_the_bound(latency):
    distribution = Distribution(TOY)
    everything = [one.seconds for one in distribution.draw(latency, FREE, 500, seed=1)]
    bound = float(np.quantile(everything, 0.1))
    drawn = distribution.draw(latency, bound, 50, seed=1)
    assert all(one.seconds <= bound for one in drawn)
    np.testing.assert_allclose(
        [one.seconds for one in drawn], latency.seconds(np.array([one.choices for one in drawn]))
    )


def test_a_bound_that_no_network_keeps(latency):
    with pytest.raises(InputError, match=r"networks drawn none took at most 0\.001 ms, the fastest \d\.\d+ ms; give a"):
        Distribution(TOY).draw(latency, 1e-6, 1, seed=0)


def test_a_sample_is_hard_and_its_gradient_soft(latency):
    distribution = Distribution(TOY)
    (sample,) = distribution.draw(latency, FREE, 1, seed=3)
    rows = distribution.straight_through(sample, 1.0)
    assert [int(row.argmax()) for row in rows] == list(sample.choices)
    assert all(row.detach().sort().values.tolist() == pytest.approx([0] * (len(row) - 1) + [1]) for row in rows)
    latency.relaxed(rows).backward()
    assert (distribution.theta.grad[3, :3] != 0).all()


@pytest.mark.parametrize(("temperature", "sharper"), [(5.0, False), (0.1, True)])
def test_a_low_temperature_makes_gradients_of_the_drawn_alone(latency, temperature, sharper):
    """Soft at a high one: every option's share has a gradient of like size."""
    distribution = Distribution(TOY)
    (sample,) = distribution.draw(latency, FREE, 1, seed=5)
    soft = ((distribution.logits + sample.noise) / temperature).softmax(-1)[3, :3]
    assert (soft.max().item() > 0.99) == sharper


def all_choices(space):
    return [tuple(one) for one in np.ndindex(*(len(decision.options) for decision in space.decisions))]


def test_the_gradient_is_that_of_the_expected_loss(latency):
    """Of a loss that depends on the network alone, over very many samples."""
    random = np.random.default_rng(7)
    losses = {choices: float(random.uniform(1, 2)) for choices in all_choices(TOY)}
    distribution = Distribution(TOY)
    with torch.no_grad():
        distribution.theta.copy_(torch.from_numpy(random.normal(0, 0.3, distribution.theta.shape)))
    # beta 0: what is left is the comparison of samples.
    samples = distribution.draw(latency, FREE, 1600, seed=11)
    value = sum(
        surrogate(
            distribution, latency, samples[k : k + 4], [losses[one.choices] for one in samples[k : k + 4]],
            temperature=1.0, alpha=1.0, beta=0.0,
        )
        for k in range(0, 1600, 4)
    ) / 400  # fmt: skip
    value.backward()
    estimated = distribution.theta.grad.clone()
    distribution.theta.grad = None
    expected = sum(loss * distribution.log_probability(choices).exp() for choices, loss in losses.items())
    expected.backward()
    assert (estimated - distribution.theta.grad).abs().max() < 0.3 * distribution.theta.grad.abs().max()


def learn(latency, losses, *, bound=FREE, steps=200, beta=0.0):
    """Steps of the distribution against losses of choices, with noise that the samples of a step have in common."""
    random = np.random.default_rng(0)
    distribution = Distribution(TOY)
    learner = torch.optim.Adam(distribution.parameters(), 0.1)
    for step in range(steps):
        samples = distribution.draw(latency, bound, 4, seed=step)
        noise = random.normal(0, 0.5)
        found = [losses(one.choices) + noise + random.normal(0, 0.02) for one in samples]
        temperature = 5.0 * (0.1 / 5.0) ** (step / steps)
        value = surrogate(distribution, latency, samples, found, temperature=temperature, alpha=0.2, beta=beta)
        learner.zero_grad()
        value.backward()
        learner.step()
    return distribution


PLANTED = (0, 1, 0, 0, 1)


def distance(choices):
    """The planted network is the most accurate one, and among the slow."""
    return 2 + 0.1 * sum(one != other for one, other in zip(choices, PLANTED, strict=True))


def likeliest(distribution):
    return tuple(int(np.argmax(row)) for row in distribution.probabilities())


def test_the_planted_best_is_found(latency):
    distribution = learn(latency, distance)
    assert likeliest(distribution) == PLANTED
    assert distribution.log_probability(PLANTED).exp() > 0.5


def test_a_bound_changes_what_is_found(latency):
    bound = float(latency.seconds(np.array([PLANTED]))[0]) * 0.7
    within = [one for one in all_choices(TOY) if latency.seconds(np.array([one]))[0] <= bound]
    best = min(within, key=distance)
    assert PLANTED not in within
    drawn = learn(latency, distance, bound=bound).draw(latency, bound, 20, seed=99)
    assert min(distance(one.choices) for one in drawn) == pytest.approx(distance(best))
    assert np.mean([distance(one.choices) for one in drawn]) < np.mean([distance(one) for one in within]) - 0.1


def test_where_all_are_equally_accurate_the_fastest_is_found(latency):
    seconds = latency.seconds(np.array([likeliest(learn(latency, lambda _: 2.0, beta=0.6, steps=150))]))
    assert seconds == pytest.approx(latency.seconds(np.array(all_choices(TOY))).min())


def test_a_gate_on_the_one_path_computed_gets_no_gradient_behind_batch_norm():
    """Why samples are compared: a straight-through gate of 1 says nothing of the block that it is behind."""
    torch.manual_seed(0)
    gate = torch.ones((), requires_grad=True)
    block, behind = nn.Conv2d(4, 4, 3, padding=1), nn.Sequential(nn.Conv2d(4, 4, 1, bias=False), nn.BatchNorm2d(4))
    x = torch.randn(2, 4, 8, 8)
    (behind(gate * block(x)) ** 3).sum().backward()
    assert gate.grad.abs() < 1e-2 * block.weight.grad.abs().max()


@pytest.fixture
def shared():
    return SharedWeights(TOY, 0, CPU)


def test_what_two_networks_have_in_common_they_share(shared):
    one, other = (shared.network(choices) for choices in ((0, 0, 0, 0, 1), (0, 0, 0, 2, 1)))
    first, second = (dict(net.named_parameters()) for net in (one, other))
    assert first["backbone.stages.0.1.conv.weight"] is second["backbone.stages.0.1.conv.weight"]
    assert first["head.classifier.weight"] is second["head.classifier.weight"]
    # Layer 2 stands behind a layer in one network, behind the stem in the other.
    assert first["backbone.stages.0.3.layers.0.conv.weight"] is second["backbone.stages.0.2.layers.0.conv.weight"]


def test_other_widths_places_and_blocks_have_other_weights(shared):
    networks = [shared.network(choices) for choices in ((0, 0, 0, 0, 0), (0, 1, 0, 0, 0), (1, 0, 0, 0, 0))]
    narrow, wide, folded = ({id(value) for value in net.parameters() if value.dim() > 1} for net in networks)
    assert not narrow & wide
    assert narrow & folded
    layers = [networks[0].backbone.stages[0][k].first.conv.weight for k in (2, 3)]
    assert layers[0] is not layers[1]


def test_a_drawn_network_learns_with_the_weights_of_all(shared):
    network = shared.network((0, 0, 0, 0, 1))
    before = {name: value.detach().clone() for name, value in shared.parameters.items()}
    optimiser = torch.optim.SGD(network.parameters(), 0.1)
    network(torch.randn(2, 8, 4, 32))["logits"].square().sum().backward()
    optimiser.step()
    assert all((shared.parameters[name] != value).any() for name, value in before.items() if "weight" in name)


def test_networks_come_out_the_same_whatever_was_drawn_before(shared):
    """Batch norm's running statistics aren't shared."""
    x = torch.randn(2, 8, 4, 32)
    first = shared.network((0, 0, 0, 0, 1))
    with torch.no_grad():
        expected = first(x)["logits"]
        again = shared.network((0, 0, 0, 0, 1))(x)["logits"]
    torch.testing.assert_close(again, expected)


def test_samples_say_how_long_they_take(latency):
    (sample,) = Distribution(TOY).draw(latency, FREE, 1, seed=0)
    assert isinstance(sample, Sample)
    assert sample.seconds == pytest.approx(sum_of_cases(TOY, FakeTable(), sample.choices))
