from __future__ import annotations

import math

import pytest

from camlode import AuditLimits
from camlode.config.errors import StoreError


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("top", 0, "top must be at least 1, not 0"),
        ("min_labelled", -1, "min_labelled must be at least 1, not -1"),
        ("max_precision", 1.5, "max_precision must be between 0 and 1, not 1.5"),
        ("min_fall", -0.1, "min_fall must be between 0 and 1, not -0.1"),
        ("max_share", math.nan, "max_share must be between 0 and 1, not nan"),
        ("max_precision_sum", 2.1, "max_precision_sum must be between 0 and 2, not 2.1"),
    ],
)
def test_a_limit_outside_of_its_range_is_refused(name: str, value: float, words: str) -> None:
    with pytest.raises(StoreError) as refused:
        AuditLimits(**{name: value})
    assert str(refused.value) == words


def test_the_ends_of_the_ranges_are_limits() -> None:
    limits = AuditLimits(top=1, min_labelled=1, max_precision=0, min_fall=1, max_share=1, max_precision_sum=2)
    assert limits.max_precision_sum == 2
