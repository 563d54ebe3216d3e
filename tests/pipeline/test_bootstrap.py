from __future__ import annotations

import numpy as np
import pytest

from camlode.pipeline.bootstrap import Bootstrap, ConfidenceInterval


def test_equal_values_have_an_interval_without_width() -> None:
    found = Bootstrap(np.array([0, 1, 2]), seed=0).interval(np.array([0.25, 0.25, 0.25]))
    assert found == ConfidenceInterval(0.25, pytest.approx(0.25), pytest.approx(0.25))


def test_the_interval_is_that_of_the_mean_of_the_documents_drawn() -> None:
    # Two documents, 0 and 1: a draw of two has the mean 0, 0.5 or 1, each extreme a quarter of the times.
    found = Bootstrap(np.array([3, 8]), seed=0).interval(np.array([0.0, 1.0]))
    assert found == ConfidenceInterval(0.5, 0.0, 1.0)


def test_a_document_is_drawn_with_all_its_pairs() -> None:
    # By pairs, the mean of document 5 alone could not come out exactly.
    found = Bootstrap(np.array([5, 5, 9]), seed=0).interval(np.array([0.0, 0.6, 0.3]))
    assert found == ConfidenceInterval(pytest.approx(0.3), pytest.approx(0.3), pytest.approx(0.3))


def test_the_width_is_two_standard_errors_either_side() -> None:
    values = np.random.default_rng(1).normal(size=400)
    found = Bootstrap(np.arange(400), seed=2).interval(values)
    assert found is not None
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(values.std() / 20, rel=0.1)


def test_undefined_values_are_left_out() -> None:
    bootstrap = Bootstrap(np.array([0, 1]), seed=0)
    assert bootstrap.interval(np.array([np.nan, 0.4])) == ConfidenceInterval(
        0.4, pytest.approx(0.4), pytest.approx(0.4)
    )
    assert bootstrap.interval(np.array([np.nan, np.nan])) is None


def test_the_same_seed_draws_the_same() -> None:
    documents, values = np.arange(20), np.random.default_rng(0).random(20)
    first, again, other = (Bootstrap(documents, seed=seed).interval(values) for seed in (1, 1, 2))
    assert first == again
    assert first != other
