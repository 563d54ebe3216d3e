from __future__ import annotations

import pytest

from config.names import listed, nearest, which


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Sports", "sport"), ("FINANCE", "finance"), ("食品", "食物"), ("politics", None), ("", None)],
)
def test_nearest(name: str, expected: str | None) -> None:
    assert nearest(name, ["sport", "finance", "食物"]) == expected


def test_which_says_the_nearest_or_all() -> None:
    assert which("sprot", ["sport", "finance"]) == "did you mean 'sport'?"
    assert which("x", ["sport", "finance"]) == "expected one of: sport, finance"
    assert which("x", []) == "expected one of: none"


def test_a_long_list_is_cut() -> None:
    assert listed([str(number) for number in range(23)]).endswith("18, 19 and 3 more")
