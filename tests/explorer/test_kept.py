"""Answers that are made once for all who ask."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from explorer.kept import MOST, Kept


@pytest.fixture
def made():
    return []


def test_an_answer_is_made_once_while_it_is_kept(made):
    kept = Kept(60)
    assert [kept.get("a", lambda: made.append(1) or len(made)) for _ in range(3)] == [1, 1, 1]
    assert kept.get("b", lambda: made.append(1) or len(made)) == 2
    kept.clear()
    assert kept.get("a", lambda: made.append(1) or len(made)) == 3


def test_an_answer_is_made_anew_when_its_time_is_over(made):
    kept = Kept(0)
    assert [kept.get("a", lambda: made.append(1) or len(made)) for _ in range(2)] == [1, 2]


def test_those_who_ask_at_once_wait_for_one_answer(made):
    kept = Kept(60)

    def slowly():
        time.sleep(0.1)
        made.append(1)
        return len(made)

    with ThreadPoolExecutor(8) as pool:
        assert {*pool.map(lambda _: kept.get("a", slowly), range(8))} == {1}


def test_what_is_raised_is_not_kept(made):
    kept = Kept(60)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 5) == 5


def test_no_more_are_kept_than_memory_should_hold(made):
    kept = Kept(60)
    for number in range(MOST + 1):
        kept.get(number, lambda number=number: number)
    assert kept.get(1, lambda: "anew") == 1
    assert kept.get(0, lambda: "anew") == "anew"
