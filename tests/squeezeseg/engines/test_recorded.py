from __future__ import annotations

import numpy as np
import pytest
import torch

from squeezeseg.engines.recorded import Recorded

DEVICES = pytest.mark.parametrize(
    "device",
    [
        torch.device("cpu"),
        pytest.param(
            torch.device("cuda"),
            marks=[
                pytest.mark.gpu,
                pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device, and torch sees none"),
            ],
        ),
    ],
    ids=str,
)


def sum_and_least(x, y):
    return x + y, torch.minimum(x, y.int())


def recorded(device):
    return Recorded(sum_and_least, [((2, 3), torch.int32), ((2, 3), torch.float32)], device)


@DEVICES
def test_each_call_works_on_what_the_inputs_then_hold(device):
    call = recorded(device)
    for k in range(4):
        call.inputs[0][:], call.inputs[1][:] = k, 2.5
        total, least = call()
        assert (total.dtype, total.tolist()) == (np.float32, [[k + 2.5] * 3] * 2)
        assert (least.dtype, least.tolist()) == (np.int32, [[min(k, 2)] * 3] * 2)


@DEVICES
def test_two_of_them_share_nothing(device):
    one, other = recorded(device), recorded(device)
    one.inputs[0][:], one.inputs[1][:] = 1, 1
    total, _ = one()
    other.inputs[0][:], other.inputs[1][:] = 5, 5
    other()
    assert (total == 2).all()


def test_inputs_are_zero_at_first():
    total, least = recorded(torch.device("cpu"))()
    assert not total.any()
    assert not least.any()
