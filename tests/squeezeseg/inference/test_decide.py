from __future__ import annotations

import numpy as np
import pytest
from helpers.sectors import HEIGHT, WIDTHS, sensor_of, turn
from oracles import sectors

from projection import Sectors
from squeezeseg.inference.decide import choose_labels, fill_probabilities


def decide(logits, energies, mask, width, overlap=64, multiple=16, temperature=1.0, front=False):
    shown = Sectors.of(sensor_of(width, front=front), multiple, overlap)
    probabilities = np.full((logits.shape[1], HEIGHT, width), np.nan, np.float32)
    labels = np.full((HEIGHT, width), 99, np.uint8)
    rows = np.empty((2, width), np.float32)
    fill_probabilities(shown, logits, temperature, probabilities, rows)
    choose_labels(shown, energies, mask, labels, rows)
    return probabilities, labels


def softmax(logits, temperature=1.0):
    """Over the first axis, in double precision."""
    powers = np.exp((logits - logits.max(axis=0)).astype(np.float64) / temperature)
    return powers / powers.sum(axis=0)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("overlap", "multiple"), [(64, 16), (0, 1), (7, 32)])
@pytest.mark.parametrize(("classes", "temperature"), [(3, 1.0), (3, 1.7), (4, 1.7)])
def test_what_is_decided_of_a_full_turn_is_what_the_slow_twin_joins(width, overlap, multiple, classes, temperature):
    shape = (4, classes, HEIGHT, Sectors.of(sensor_of(width), multiple, overlap).shape[3])
    logits, energies = (np.random.default_rng(k).normal(0, 5, shape).astype(np.float32) for k in range(2))
    mask = turn(width)[0] > 0
    probabilities, labels = decide(logits, energies, mask, width, overlap, multiple, temperature)
    assert np.array_equal(labels, sectors.join(energies, width, overlap, multiple).argmax(0) * mask)
    expected = softmax(sectors.join(logits, width, overlap, multiple), temperature)
    np.testing.assert_allclose(probabilities, expected, rtol=2e-6, atol=1e-30)


def test_what_is_decided_of_a_front_leaves_the_padding_out():
    logits = np.random.default_rng(0).normal(0, 5, (1, 4, HEIGHT, 32)).astype(np.float32)
    probabilities, labels = decide(logits, logits, np.ones((HEIGHT, 20), bool), 20, front=True)
    assert np.array_equal(labels, logits[0, :, :, :20].argmax(0))
    np.testing.assert_allclose(probabilities, softmax(logits[0, :, :, :20]), rtol=2e-6)


def test_the_first_of_equal_classes_is_chosen():
    logits = np.zeros((1, 4, HEIGHT, 16), np.float32)
    assert not decide(logits, logits, np.ones((HEIGHT, 16), bool), 16, front=True)[1].any()


@pytest.mark.parametrize("huge", [1e4, -1e4, 3e38])
def test_huge_logits_give_probabilities(huge):
    logits = np.zeros((1, 4, HEIGHT, 16), np.float32)
    logits[0, 2] = huge
    probabilities, _ = decide(logits, logits, np.ones((HEIGHT, 16), bool), 16, front=True)
    np.testing.assert_allclose(probabilities[2], float(huge > 0), atol=1e-30)
    np.testing.assert_allclose(probabilities.sum(axis=0), 1, rtol=1e-6)
