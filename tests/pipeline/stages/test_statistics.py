from __future__ import annotations

from math import log, log2, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.pipeline.stages.match_counts import CorpusCounts, MatchCounts
from camlode.pipeline.stages.statistics import (
    c_value,
    compute_statistics,
    coverage,
    find_maximal,
    find_nested,
    lift,
    log_odds_ratio,
    precision,
    weighted_importance,
    wilson_lower_bound,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def numbers(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def test_precision_is_smoothed_by_one_hit_and_one_miss() -> None:
    assert precision(numbers(0, 3, 8, 0), numbers(0, 3, 8, 8)).tolist() == [0.5, 0.8, 0.9, 0.1]


def test_wilson_lower_bound() -> None:
    # 8 of 10 with z = 2: (.8 + .2 − 2·√(.016 + .01)) / 1.4 ; all of n: n / (n + z²)
    bounds = wilson_lower_bound(numbers(8, 4, 0, 0), numbers(10, 4, 5, 0), z=2.0)
    assert bounds == pytest.approx([(1 - 2 * sqrt(0.026)) / 1.4, 0.5, 0.0, 0.0])


def test_wilson_lower_bound_is_of_95_percent() -> None:
    # Newcombe 1998, table I: 81 of 263 and 15 of 148.
    assert wilson_lower_bound(numbers(81, 15), numbers(263, 148)).round(4).tolist() == [0.2553, 0.0624]


@pytest.mark.parametrize("documents", [1, 7, 10**6, 10**12])
def test_wilson_lower_bound_is_a_probability(documents: int) -> None:
    bounds = wilson_lower_bound(numbers(0, 1, documents), numbers(documents, documents, documents))
    assert bounds[0] == 0
    assert 0 < bounds[1] <= bounds[2] < 1


def test_coverage_is_the_share_of_the_labels_documents() -> None:
    assert coverage(numbers(2, 0, 0), numbers(8, 8, 0)) == pytest.approx([0.25, 0, np.nan], nan_ok=True)


def test_lift_compares_with_the_labels_share_of_the_corpus() -> None:
    # 3 of 4 documents with the fragment, 10 of 40 in all.
    found = lift(numbers(3, 1, 0, 0, 0), numbers(4, 4, 4, 0, 4), numbers(10, 10, 10, 10, 0), 40)
    assert found == pytest.approx([3, 1, 0, np.nan, np.nan], nan_ok=True)


def test_log_odds_ratio_with_the_corpus_as_prior() -> None:
    # y, n = 3, 10; y', n' = 1, 30; α = 4, α₀ = 40.
    delta = log(7 / (10 + 40 - 7)) - log(5 / (30 + 40 - 5))
    log_odds, z = log_odds_ratio(numbers(3), numbers(4), numbers(10), 40)
    assert log_odds == pytest.approx([delta])
    assert z == pytest.approx([delta / sqrt(1 / 7 + 1 / 5)])


def test_a_weaker_prior_shrinks_log_odds_less() -> None:
    # α = 2, α₀ = 20.
    delta = log(5 / 25) - log(3 / 47)
    log_odds, z = log_odds_ratio(numbers(3), numbers(4), numbers(10), 40, strength=0.5)
    assert (log_odds[0], z[0]) == pytest.approx((delta, delta / sqrt(1 / 5 + 1 / 3)))


def test_log_odds_are_signed() -> None:
    # As frequent in the label as elsewhere; only elsewhere; the label is all there is, or nothing.
    log_odds, z = log_odds_ratio(numbers(1, 0, 4, 0), numbers(4, 4, 4, 4), numbers(10, 10, 40, 0), 40)
    assert np.sign(z).tolist() == np.sign(log_odds).tolist() == [0, -1, 0, 0]


def test_a_fragment_in_all_documents_or_none_has_log_odds_0() -> None:
    log_odds, z = log_odds_ratio(numbers(10, 0), numbers(40, 0), numbers(10, 10), 40)
    assert (log_odds.tolist(), z.tolist()) == ([0, 0], [0, 0])


def test_importance_is_weighted_by_precision() -> None:
    assert weighted_importance(np.array([8.0, 2.0]), np.array([0.25, 1.0])).tolist() == [2, 2]


def test_c_value_subtracts_the_frequency_of_longer_fragments() -> None:
    # a (1 unit, 10 times) is within b (3 units, 4 times) and c (3 units, 2 times).
    values = c_value(numbers(10, 4, 2), numbers(1, 3, 3), numbers(0, 0), numbers(1, 2))
    assert values.tolist() == [log2(2) * (10 - 3), log2(4) * 4, log2(4) * 2]


def test_all_statistics_of_patterns() -> None:
    counts = MatchCounts(
        documents=numbers(4, 6),
        occurrences=numbers(5, 9),
        predicted=numbers(3, 6),
        with_gold=numbers(2, 0),
        gold=numbers(1, 0),
        corpus=CorpusCounts(documents=40, with_gold=2, predicted=numbers(8, 10), gold=numbers(1, 1)),
    )
    found = compute_statistics(counts, numbers(1, 0))
    log_odds, z = log_odds_ratio(numbers(3, 6), numbers(4, 6), numbers(10, 8), 40)
    assert found.precision.tolist() == [4 / 6, 7 / 8]
    assert found.precision_lower.tolist() == wilson_lower_bound(numbers(3, 6), numbers(4, 6)).tolist()
    assert found.gold_precision == pytest.approx([0.5, np.nan], nan_ok=True)
    assert found.gold_precision_lower == pytest.approx([float(wilson_lower_bound(1, 2)), np.nan], nan_ok=True)
    assert found.coverage.tolist() == [3 / 10, 6 / 8]
    assert found.lift.tolist() == [3, 5]
    assert (found.log_odds.tolist(), found.log_odds_z.tolist()) == (log_odds.tolist(), z.tolist())


def test_no_patterns_have_no_statistics() -> None:
    none = numbers()
    counts = MatchCounts(none, none, none, none, none, CorpusCounts(0, 0, numbers(0), numbers(0)))
    assert [column.tolist() for column in compute_statistics(counts, none)] == [[]] * 8


def pairs(labels: Sequence[int], fragments: Sequence[str], **options: bool) -> list[tuple[int, int]]:
    inner, outer = find_nested(labels, fragments, **options)
    return list(zip(inner.tolist(), outer.tolist(), strict=True))


@pytest.mark.parametrize(
    ("fragments", "options", "expected"),
    [
        (["机", "手机", "机手机"], {}, [(0, 1), (0, 2), (1, 2)]),
        (["手机", "The art", "the", "art"], {}, [(2, 1), (3, 1)]),
        (["The art", "the"], {"fold": False}, []),
        (["the", "The"], {}, []),
        (["art", "party"], {}, []),
        (["art", "party"], {"boundaries": False}, [(0, 1)]),
        ([], {}, []),
    ],
)
def test_nested_fragments(fragments: list[str], options: dict[str, bool], expected: list[Any]) -> None:
    assert pairs([0] * len(fragments), fragments, **options) == expected


def test_only_fragments_of_the_same_label_count() -> None:
    assert pairs([1, 0, 1, 0], ["图", "组图", "图片", "图"]) == [(0, 2), (3, 1)]


@pytest.mark.parametrize(
    ("documents", "kept"),
    [
        ([20, 19], [False, True]),
        ([100, 94], [True, True]),
        ([7, 7], [False, True]),
        ([0, 0], [True, True]),
    ],
)
def test_a_fragment_is_not_maximal_if_a_longer_one_has_its_documents(documents: list[int], kept: list[bool]) -> None:
    assert find_maximal(documents, np.array([0]), np.array([1])).tolist() == kept


def test_one_longer_fragment_is_enough_and_the_share_can_be_set() -> None:
    inner, outer = np.array([0, 0, 2]), np.array([1, 2, 1])
    assert find_maximal([10, 1, 8], inner, outer, share=0.8).tolist() == [False, True, True]
    assert find_maximal([10, 1, 8], inner, outer, share=0.81).tolist() == [True, True, True]


def test_without_nesting_all_are_maximal() -> None:
    assert find_maximal([1, 2], *find_nested([0, 0], ["手", "机"])).tolist() == [True, True]
