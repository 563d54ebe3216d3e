"""Answers that are made once for all who ask."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from camlode.explorer.cache import MAX_ENTRIES, TTLCache


@pytest.fixture
def calls():
    return []


def test_an_answer_is_made_once_while_it_is_kept(calls):
    cache = TTLCache(60)
    assert [cache.get("a", lambda: calls.append(1) or len(calls)) for _ in range(3)] == [1, 1, 1]
    assert cache.get("b", lambda: calls.append(1) or len(calls)) == 2
    cache.clear()
    assert cache.get("a", lambda: calls.append(1) or len(calls)) == 3


def test_an_answer_is_made_anew_when_its_time_is_over(calls):
    cache = TTLCache(0)
    assert [cache.get("a", lambda: calls.append(1) or len(calls)) for _ in range(2)] == [1, 2]


def test_those_who_ask_at_once_wait_for_one_answer(calls):
    cache = TTLCache(60)

    def compute_slowly():
        time.sleep(0.1)
        calls.append(1)
        return len(calls)

    with ThreadPoolExecutor(8) as pool:
        assert {*pool.map(lambda _: cache.get("a", compute_slowly), range(8))} == {1}


def test_what_is_raised_is_not_kept(calls):
    cache = TTLCache(60)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert cache.get("a", lambda: 5) == 5


def test_no_more_are_kept_than_memory_should_hold(calls):
    cache = TTLCache(60)
    for number in range(MAX_ENTRIES + 1):
        cache.get(number, lambda number=number: number)
    assert cache.get(1, lambda: "anew") == 1
    assert cache.get(0, lambda: "anew") == "anew"
