from __future__ import annotations

import pytest

from camlode.config.errors import closest_match, did_you_mean, join_words


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Sports", "sport"), ("FINANCE", "finance"), ("食品", "食物"), ("politics", None), ("", None)],
)
def test_nearest(name: str, expected: str | None) -> None:
    assert closest_match(name, ["sport", "finance", "食物"]) == expected


def test_which_says_the_nearest_or_all() -> None:
    assert did_you_mean("sprot", ["sport", "finance"]) == "did you mean 'sport'?"
    assert did_you_mean("x", ["sport", "finance"]) == "expected one of: sport, finance"
    assert did_you_mean("x", []) == "expected one of: none"


def test_a_long_list_is_cut() -> None:
    assert join_words([str(number) for number in range(23)]).endswith("18, 19 and 3 more")
