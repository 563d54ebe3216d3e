from __future__ import annotations

import numpy as np
import pytest

from camlode.pipeline.bootstrap import Bootstrap
from camlode.pipeline.faithfulness.sample import RANDOM
from camlode.pipeline.faithfulness.summary import find_methods_no_better_than_random, recommend_method

BOOTSTRAP = Bootstrap(np.arange(50), seed=0)
NOISE = np.random.default_rng(0).normal(size=50)
GOOD, BAD = 0.5 + 0.01 * NOISE, 0.1 + 0.01 * NOISE[::-1]
SHAKY = GOOD - 0.001 - 0.2 * (NOISE - NOISE.mean())


@pytest.mark.parametrize(
    ("differences", "seconds", "said"),
    [
        ({"a": GOOD, "b": BAD}, {"a": 2, "b": 1}, "use a: it has the highest"),
        (
            {"a": GOOD, "b": SHAKY, "c": BAD},
            {"a": 2, "b": 1, "c": 0},
            "use b: its comprehensiveness − sufficiency is not significantly below the highest, of a",
        ),
        ({"a": GOOD, "b": SHAKY, "c": BAD}, {"a": 1, "b": 2, "c": 0}, "use a: it has the highest"),
        ({"a": GOOD, "b": SHAKY}, {"a": 2, "b": 1}, "the methods do not differ significantly"),
        ({"a": GOOD}, {"a": 1}, "only a was compared"),
    ],
)
def test_the_cheapest_method_not_significantly_below_the_best_is_recommended(
    differences: dict[str, np.ndarray], seconds: dict[str, float], said: str
) -> None:
    assert recommend_method(differences, seconds, BOOTSTRAP).startswith(said)


def test_differences_are_paired() -> None:
    # The means' own intervals overlap by far; document by document one is a little better.
    differences = {"a": NOISE + 0.01, "b": NOISE}
    assert "significantly above every other method" in recommend_method(differences, {"a": 1, "b": 1}, BOOTSTRAP)


def test_methods_that_are_no_better_than_a_random_order_are_named() -> None:
    assert find_methods_no_better_than_random({RANDOM: BAD, "a": GOOD, "b": BAD - 0.1, "c": BAD}, BOOTSTRAP) == [
        "b",
        "c",
    ]
