from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from camlode.pipeline.display.numbers import (
    format_duration,
    format_percent,
    format_percentage_points,
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
def test_figures(value: Any, shown: str) -> None:
    assert format_value(value) == shown


@pytest.mark.parametrize(
    ("share", "shown"), [(None, "–"), (1.0, "100%"), (0.9996, "100%"), (0.125, "12.5%"), (0.0, "0.0%")]
)
def test_percent(share: float | None, shown: str) -> None:
    assert format_percent(share) == shown


def test_points_have_a_sign_as_long_as_a_plus() -> None:
    assert (format_percentage_points(0.0125), format_percentage_points(-0.0125)) == ("+1.25", "−1.25")


@pytest.mark.parametrize(("seconds", "shown"), [(1.25, "1.2 s"), (119, "119.0 s"), (120, "2.0 min"), (7200, "2.0 h")])
def test_took(seconds: float, shown: str) -> None:
    assert format_duration(timedelta(seconds=seconds)) == shown


@pytest.mark.parametrize(("part", "whole", "share"), [(1, 4, 0.25), (1, 0, None), (None, 4, None), (0, None, None)])
def test_ratio(part: int | None, whole: int | None, share: float | None) -> None:
    assert ratio(part, whole) == share
