"""Values that expire, and are computed once for all threads that need them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from camlode.explorer.cache import MAX_ENTRIES, TTLCache


@pytest.fixture
def calls():
    return []


def test_a_value_is_computed_once_until_the_cache_is_cleared(calls):
    cache = TTLCache(60)
    assert [cache.get("a", lambda: calls.append(1) or len(calls)) for _ in range(3)] == [1, 1, 1]
    assert cache.get("b", lambda: calls.append(1) or len(calls)) == 2
    cache.clear()
    assert cache.get("a", lambda: calls.append(1) or len(calls)) == 3


def test_a_value_is_computed_again_when_it_has_expired(calls):
    cache = TTLCache(0)
    assert [cache.get("a", lambda: calls.append(1) or len(calls)) for _ in range(2)] == [1, 2]


def test_threads_that_need_a_value_at_once_wait_for_one_computation(calls):
    cache, started = TTLCache(60), Barrier(8)

    def get(_number):
        started.wait(10)
        return cache.get("a", lambda: calls.append(1) or len(calls))

    with ThreadPoolExecutor(8) as pool:
        assert {*pool.map(get, range(8))} == {1}


def test_an_error_is_not_cached(calls):
    cache = TTLCache(60)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert cache.get("a", lambda: 5) == 5


def test_the_oldest_value_is_evicted(calls):
    cache = TTLCache(60)
    for number in range(MAX_ENTRIES + 1):
        cache.get(number, lambda number=number: number)
    assert cache.get(1, lambda: "again") == 1
    assert cache.get(0, lambda: "again") == "again"
