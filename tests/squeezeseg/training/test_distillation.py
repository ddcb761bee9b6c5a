from __future__ import annotations

import numpy as np
import pytest
import torch
from helpers.models import card, fresh_network

from data.labels import CLASSES
from projection import InputError
from squeezeseg.networks import Normalisation
from squeezeseg.training.distillation import Teachers, distillation
from squeezeseg.weights import Model


def random_model(name="fast", seed=0, **fields):
    torch.manual_seed(seed)
    state = fresh_network(name).state_dict()
    return Model(card(name, **fields), {f"network.{key}": value.numpy() for key, value in state.items()})


def random_fronts(seed=0):
    """Fronts (2, 5, 4, 64) in metres."""
    fronts = np.random.default_rng(seed).uniform(1, 20, (2, 5, 4, 64)).astype(np.float32)
    fronts[:, 4] = np.sqrt((fronts[:, :3] ** 2).sum(1))
    return torch.from_numpy(fronts)


@pytest.mark.parametrize("softness", [1.0, 2.0, 4.0])
def test_the_divergence_is_that_of_its_formula(softness):
    rng = np.random.default_rng(3)
    logits, teacher = rng.normal(0, 2, (2, 2, 4, 3, 5))
    weight = rng.random((2, 3, 5)) * (rng.random((2, 3, 5)) > 0.3)
    expected = total = 0.0
    for b, r, c in np.ndindex(weight.shape):
        p, q = (np.exp(x[b, :, r, c] / softness) for x in (teacher, logits))
        p, q = p / p.sum(), q / q.sum()
        expected += weight[b, r, c] * softness**2 * (p * np.log(p / q)).sum()
        total += weight[b, r, c]
    taught = torch.tensor(teacher / softness).softmax(1)
    found = distillation(torch.tensor(logits), taught, torch.tensor(weight), softness)
    assert float(found) == pytest.approx(expected / total, rel=1e-6)


def test_a_student_that_agrees_has_nothing_to_learn():
    logits = torch.randn(1, 4, 2, 3, requires_grad=True)
    loss = distillation(logits, (logits / 2).softmax(1).detach(), torch.ones(1, 2, 3), 2.0)
    loss.backward()
    assert abs(float(loss)) < 1e-6
    assert logits.grad.abs().max() < 1e-6


def test_without_a_pixel_that_counts_there_is_no_loss():
    assert float(distillation(torch.randn(1, 4, 2, 3), torch.full((1, 4, 2, 3), 0.25), torch.zeros(1, 2, 3), 2.0)) == 0


@pytest.mark.parametrize("name", ["fast", "fast1"])
def test_a_teacher_sees_fronts_in_its_own_encoding_and_normalisation(name):
    fronts, model = random_fronts(), random_model(name, temperature=1.5)
    network = fresh_network(name).eval()
    network.load_state_dict({key: torch.from_numpy(value) for key, value in model.part("network").items()})
    with torch.no_grad():
        logits = network(torch.from_numpy(Normalisation.of(model.card.architecture.encoding)(fronts.numpy())))["logits"]
    torch.testing.assert_close(Teachers([model], CLASSES)(fronts, 2.0), (logits / 3).softmax(1), atol=1e-5, rtol=1e-4)


def test_several_teachers_are_averaged():
    fronts, models = random_fronts(), [random_model(seed=1), random_model(seed=2)]
    one, other = (Teachers([model], CLASSES)(fronts, 2.0) for model in models)
    torch.testing.assert_close(Teachers(models, CLASSES)(fronts, 2.0), (one + other) / 2)


def test_teachers_have_the_fingerprint_of_their_weights():
    assert Teachers([random_model()], CLASSES).fingerprint == Teachers([random_model()], CLASSES).fingerprint
    assert Teachers([random_model()], CLASSES).fingerprint != Teachers([random_model(seed=1)], CLASSES).fingerprint


def test_a_teacher_of_other_classes_is_refused():
    with pytest.raises(InputError, match="a teacher of"):
        Teachers([random_model()], ("background", "car"))
