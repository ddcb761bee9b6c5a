"""The frames that are kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.viewer.feeds.cache import FrameCache

OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["put", "offer", "get"]), st.integers(0, 9), st.integers(0, 60)), max_size=60
)


@given(OPERATIONS)
def test_it_never_holds_more_than_its_limit(operations):
    cache = FrameCache(100)
    for name, position, size in operations:
        if name == "get":
            cache.get(position)
        else:
            getattr(cache, name)(position, bytes(size))
        assert cache.size == sum(len(cache.get(p)) for p in range(10) if p in cache) <= 100


def test_the_least_recently_used_goes_first():
    cache = FrameCache(3)
    for position in range(3):
        cache.put(position, b"x")
    cache.get(0)
    cache.put(3, b"x")
    assert [position in cache for position in range(4)] == [True, False, True, True]


def test_an_offer_drives_nothing_out_and_goes_first():
    cache = FrameCache(2)
    cache.put(0, b"x")
    cache.offer(1, b"x")
    cache.offer(2, b"x")
    assert [position in cache for position in range(3)] == [True, True, False]
    cache.put(3, b"x")
    assert [position in cache for position in range(4)] == [True, False, False, True]


def test_a_frame_larger_than_the_limit_is_not_kept():
    cache = FrameCache(2)
    cache.put(0, b"x")
    cache.put(1, b"xxx")
    assert (0 in cache, 1 in cache, cache.size) == (True, False, 1)


def test_clearing_forgets_all():
    cache = FrameCache(2)
    cache.put(0, b"x")
    cache.clear()
    assert (len(cache), cache.size) == (0, 0)
