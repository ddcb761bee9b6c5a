from __future__ import annotations

import pytest

from squeezeseg.profiling.ring_all_reduce import RingAllReduce


@pytest.mark.parametrize(
    ("size", "workers", "messages", "expected"),
    [
        (125_000_000, 2, 1, 1.0 + 2 * 0.001),
        (125_000_000, 4, 1, 1.5 + 6 * 0.001),
        (125_000_000, 4, 3, 1.5 + 18 * 0.001),
        (0, 256, 1, 510 * 0.001),
    ],
)
def test_seconds(size, workers, messages, expected):
    assert RingAllReduce(1e9, 0.001).seconds(size, workers, messages) == pytest.approx(expected)
