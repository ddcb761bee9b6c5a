from __future__ import annotations

import numpy as np
import pytest
import torch
from helpers.workers import run_workers
from helpers.workers_at_work import shares, steps_in_float64

from projection import InputError
from squeezeseg.distributed.network import see_whole_batch
from squeezeseg.distributed.traffic import Traffic
from squeezeseg.distributed.workers import Workers


def test_a_process_alone_is_the_only_worker():
    with Workers.joined(Workers().exchange) as workers:
        assert (workers.rank, workers.size, workers.first, workers.any(True)) == (0, 1, True, True)
        assert workers.share(8) == range(8)


@pytest.mark.parametrize(
    ("size", "batch", "expected"),
    [(1, 3, [[0, 1, 2]]), (2, 4, [[0, 1], [2, 3]]), (3, 8, [[0, 1], [2, 3, 4], [5, 6, 7]]), (2, 2, [[0], [1]])],
)
def test_shares(size, batch, expected):
    alone = Workers()
    alone.size = size
    assert [list(alone.share(batch, rank)) for rank in range(size)] == expected


def test_samples_are_gathered_in_their_order_however_unevenly_they_are_shared():
    assert run_workers(shares, 5) == [([0, 1, 2, 3, 4], [0, 10])] * 2


@pytest.mark.parametrize(
    ("model", "steps"),
    [
        ("fast", 3),
        pytest.param("fast", 20, marks=pytest.mark.slow),
        pytest.param("squeezeseg", 20, marks=pytest.mark.slow),
    ],
)
def test_two_workers_take_the_steps_that_one_takes_of_the_whole_batch(model, steps):
    """Batch norm and its statistics, dropout and Lovasz' loss included; in float64, where rounding can't hide."""
    one, two = steps_in_float64(Workers(), model, steps), run_workers(steps_in_float64, model, steps)
    for name, value in one.items():
        np.testing.assert_allclose(two[0][name], value, rtol=1e-7, atol=1e-7)
        np.testing.assert_array_equal(two[1][name], two[0][name])


def test_layers_that_can_not_see_the_whole_batch_are_refused():
    with pytest.raises(NotImplementedError, match="BatchNorm1d"):
        see_whole_batch(torch.nn.BatchNorm1d(3), Workers(), 4)


def test_traffic_is_counted_by_step():
    traffic = Traffic()
    traffic.count("gradients", 10, 10)
    traffic.begin_step()
    for given in (100, 300):
        traffic.count("gradients", given, given / 2)
        traffic.end_step()
    assert (traffic.steps, dict(traffic.given), dict(traffic.last)) == (2, {"gradients": 400}, {"gradients": 300})
    assert dict(traffic.sent) == {"gradients": 200}


def test_more_workers_than_gpus_are_refused(monkeypatch):
    for name, value in {
        "TORCHELASTIC_RUN_ID": "x",
        "WORLD_SIZE": "2",
        "LOCAL_RANK": "1",
        "LOCAL_WORLD_SIZE": "2",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(InputError, match="2 workers on 1 GPU"), Workers.joined(Workers().exchange):
        pass


def test_restarts_that_would_fail_are_warned_of(monkeypatch, caplog):
    environment = {"TORCHELASTIC_RUN_ID": "x", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "2"}
    for name, value in {**environment, "TORCHELASTIC_MAX_RESTARTS": "3"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TORCH_DISABLE_SHARE_RDZV_TCP_STORE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)  # which ends it here
    with pytest.raises(InputError), Workers.joined(Workers().exchange):
        pass
    assert "set TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1" in caplog.text
