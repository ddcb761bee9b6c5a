"""Fixtures: one thread, a small store, an untrained model."""

from __future__ import annotations

import pytest
import torch
from helpers.models import card, fresh_network
from helpers.samples import make_store

from crf import CRFSettings
from squeezeseg import Model
from squeezeseg.engines import processor

# Before any convolution runs: oneDNN looks once.
processor.guard_matrix_unit()


@pytest.fixture(autouse=True)
def _one_thread():
    """Sums in one order, and no quarrel over cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def model():
    return untrained("squeezeseg")


@pytest.fixture(scope="session")
def turning():
    """The same for a network that sees no azimuth."""
    return untrained("fast")


def untrained(name: str) -> Model:
    torch.manual_seed(7)
    network = fresh_network(name, 4).eval()
    with torch.no_grad():
        network.head.classifier.weight.mul_(30)
    settings = CRFSettings()
    tensors = {f"network.{name}": value.numpy() for name, value in network.state_dict().items()}
    tensors |= {"crf.angular": settings.angular_start(), "crf.bilateral": settings.bilateral_start()}
    return Model(card(name, crf=settings), tensors)


@pytest.fixture
def store():
    return make_store()
