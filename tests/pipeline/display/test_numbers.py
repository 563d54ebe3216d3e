from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from camlode.pipeline.display.numbers import (
    format_bytes,
    format_duration,
    format_percent,
    format_percentage_points,
    format_share,
    format_signed_percent,
    format_value,
    ratio,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (True, "yes"),
        (1234567, "1,234,567"),
        (0.12345, "0.123"),
        (12.345, "12.3"),
        (123.45, "123.5"),
        (12345.6, "12,346"),
        (datetime(2025, 3, 1, 9, 5, 59, tzinfo=UTC), "2025-03-01 09:05"),
        ("word", "word"),
    ],
)
def test_values_on_a_page(value: Any, shown: str) -> None:
    assert format_value(value) == shown


@pytest.mark.parametrize(
    ("share", "shown"), [(None, "–"), (1.0, "100%"), (0.9996, "100%"), (0.125, "12.5%"), (0.0, "0.0%")]
)
def test_percent(share: float | None, shown: str) -> None:
    assert format_percent(share) == shown


def test_points_have_a_sign_as_long_as_a_plus() -> None:
    assert (format_percentage_points(0.0125), format_percentage_points(-0.0125)) == ("+1.25", "−1.25")


def test_a_share_in_a_sentence_has_three_digits() -> None:
    assert (format_share(0.04131), format_share(0.5)) == ("4.13 %", "50 %")


def test_a_signed_percent_that_rounds_to_nothing_is_empty() -> None:
    shares = (1.0, 0.126, -0.5, 0.004, -0.004)
    assert [format_signed_percent(each) for each in shares] == ["100%", "13%", "−50%", "", ""]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (10, "10 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7140, "119 min"),
        (7200, "2 h 0 min"),
    ],
)
def test_durations(seconds: float, shown: str) -> None:
    assert format_duration(seconds) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [(1, "1 byte"), (999, "999 bytes"), (1000, "1.0 KB"), (1_500_000, "1.5 MB"), (2 * 10**15, "2,000.0 TB")],
)
def test_sizes(size: int, shown: str) -> None:
    assert format_bytes(size) == shown


@pytest.mark.parametrize(("part", "whole", "share"), [(1, 4, 0.25), (1, 0, None), (None, 4, None), (0, None, None)])
def test_ratio(part: int | None, whole: int | None, share: float | None) -> None:
    assert ratio(part, whole) == share
