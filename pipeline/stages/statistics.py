"""Counts of matches → how far a pattern can be relied on: precision, coverage, association, nesting.

All are functions of arrays [patterns] that broadcast; counts are of documents unless said otherwise. What is undefined
is NaN, such as the coverage of a label that no document has.
"""
# MERGED: Fragments within longer fragments of the same label.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from camlode.rules.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.arrays import BoolArray, FloatArray, IntArray
    from camlode.pipeline.stages.match_counts import MatchCounts


NORMAL_95 = 1.959963984540054
"""The normal distribution's quantile of 0.975: an interval of 95 % to both sides."""


class PatternStatistics(NamedTuple):
    """What the match pass tells of each pattern [patterns]; against gold labels NaN where no document has them."""

    precision: FloatArray
    precision_lower: FloatArray
    gold_precision: FloatArray
    gold_precision_lower: FloatArray
    coverage: FloatArray
    lift: FloatArray
    log_odds: FloatArray
    log_odds_z: FloatArray


def compute_statistics(counts: MatchCounts, labels: Any) -> PatternStatistics:
    """The statistics of patterns whose labels have the numbers `labels` [patterns]."""
    label_documents, documents = counts.corpus.predicted[labels], counts.corpus.documents
    known = counts.with_gold > 0
    log_odds, z = log_odds_ratio(counts.predicted, counts.documents, label_documents, documents)
    return PatternStatistics(
        precision=precision(counts.predicted, counts.documents),
        precision_lower=wilson_lower_bound(counts.predicted, counts.documents),
        gold_precision=np.where(known, precision(counts.gold, counts.with_gold), np.nan),
        gold_precision_lower=np.where(known, wilson_lower_bound(counts.gold, counts.with_gold), np.nan),
        coverage=coverage(counts.predicted, label_documents),
        lift=lift(counts.predicted, counts.documents, label_documents, documents),
        log_odds=log_odds,
        log_odds_z=z,
    )


def precision(hits: Any, documents: Any) -> FloatArray:
    """(hits + 1) / (documents + 2): the share of documents with the fragment that have the label, smoothed.

    Unit: a probability. Laplace's rule of succession for two outcomes (Laplace 1774): ½ where there is no document.
    """
    return np.asarray((hits + 1) / (documents + 2))


def wilson_lower_bound(hits: Any, documents: Any, *, z: float = NORMAL_95) -> FloatArray:
    """(p + z²/2n − z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n) with n documents and p = hits / n, not smoothed.

    Unit: a probability, the lower end of the 95 % interval; 0 where n = 0. Wilson 1927, "Probable inference, the law
    of succession, and statistical inference".
    """
    hits, documents = np.asarray(hits, np.float64), np.asarray(documents, np.float64)
    # Multiplied by n, so that it needs no division by it.
    margin = z * np.sqrt(_divide(hits * (documents - hits), documents, undefined=0.0) + z**2 / 4)
    # Rounding must not make it less than 0 where nothing hits.
    return np.asarray(np.maximum(hits + z**2 / 2 - margin, 0.0) / (documents + z**2))


def coverage(hits: Any, label_documents: Any) -> FloatArray:
    """hits / of_label: the share of the label's documents in which the fragment occurs (recall).

    Unit: a probability, NaN where no document has the label.
    """
    return _divide(hits, label_documents)


def lift(hits: Any, documents: Any, label_documents: Any, corpus: Any) -> FloatArray:
    """(hits / documents) / (of_label / corpus): how many times as frequent the label is where the fragment occurs.

    Unit: a ratio, 1 where they are independent; NaN where the fragment or the label is in no document. Brin, Motwani,
    Ullman, Tsur 1997, "Dynamic itemset counting and implication rules for market basket data".
    """
    return _divide(_divide(hits, documents), _divide(label_documents, corpus))


def log_odds_ratio(
    hits: Any, documents: Any, label_documents: Any, corpus: Any, *, strength: float = 1.0
) -> tuple[FloatArray, FloatArray]:
    """δ = log((y + α) / (n + α₀ − y − α)) − log((y' + α) / (n' + α₀ − y' − α)), and z = δ / √(1/(y + α) + 1/(y' + α)).

    y of the label's n documents hold the fragment, y' of the n' others. The prior is informed by the whole corpus,
    which counts `strength` times: α = strength · documents, α₀ = strength · corpus; the more, the nearer δ is to 0.
    Units: δ in nats, z in standard deviations; both 0 for a fragment in every document or in none. Monroe, Colaresi,
    Quinn 2008, "Fightin' words: lexical feature selection and evaluation", with documents for words.
    """
    prior, rest = strength * np.asarray(documents, np.float64), strength * (corpus - np.asarray(documents, np.float64))
    inside, outside = hits + prior, documents - hits + prior
    lacking = label_documents - hits + rest
    lacking_outside = (corpus - label_documents) - (documents - hits) + rest
    is_informative = (prior > 0) & (rest > 0)
    odds = _divide(inside * lacking_outside, lacking * outside, where=is_informative, undefined=1.0)
    deviation = np.sqrt(_divide(inside + outside, inside * outside, where=is_informative, undefined=1.0))
    return np.log(odds), np.log(odds) / deviation


def weighted_importance(importance: Any, probability: Any) -> FloatArray:
    """importance × precision: cumulative importance, less what falls on documents of other labels.

    Unit: logits.
    """
    return np.asarray(importance * probability)


def c_value(frequency: Any, length: Any, inner: Any, outer: Any) -> FloatArray:
    """log₂(|a| + 1) · (f(a) − mean of f(b) over the longer fragments b that hold a), f(a) alone where there are none.

    frequency and length are [patterns], `inner` and `outer` [pairs] the numbers of a and b, as `nested` gives them.
    Unit: that of `frequency`, times bits of the length in units. Frantzi, Ananiadou, Mima 2000, "Automatic recognition
    of multi-word terms: the C-value/NC-value method"; the 1 lets fragments of one unit count.
    """
    frequency, length = np.asarray(frequency, np.float64), np.asarray(length, np.float64)
    containers = np.bincount(inner, minlength=len(frequency))
    outer_frequency = np.bincount(inner, weights=frequency[outer], minlength=len(frequency))
    return np.asarray(np.log2(length + 1) * (frequency - _divide(outer_frequency, containers, undefined=0.0)))


def _divide(numerator: Any, denominator: Any, *, where: Any = True, undefined: float = np.nan) -> FloatArray:
    """above / below, `undefined` where `denominator` is 0 or `where` is false."""
    numerator, denominator = np.broadcast_arrays(np.asarray(numerator, np.float64), np.asarray(denominator, np.float64))
    return np.asarray(
        np.divide(numerator, denominator, out=np.full(numerator.shape, undefined), where=where & (denominator != 0))
    )


def find_nested(
    labels: Any, fragments: Sequence[str], *, fold: bool = True, boundaries: bool = True
) -> tuple[IntArray, IntArray]:
    """Pairs of patterns, the first of which is within the second, longer one of the same label; sorted.

    `labels` and `fragments` are [patterns]; a fragment is within another where a Matcher of the same options finds it.
    """
    labels = np.asarray(labels)
    found = [np.empty((0, 2), np.int64)]
    for label in np.unique(labels):
        numbers = np.flatnonzero(labels == label)
        found.append(
            numbers[
                _find_nested_pairs([fragments[number] for number in numbers.tolist()], fold=fold, boundaries=boundaries)
            ]
        )
    inner, outer = np.unique(np.concatenate(found), axis=0).T
    return inner, outer


def find_maximal(documents: Any, inner: Any, outer: Any, *, share: float = 0.95) -> BoolArray:
    """Which patterns [patterns] no longer one accounts for.

    b accounts for a within it where documents(b) / documents(a) >= share, documents being those where they occur.
    """
    documents = np.asarray(documents)
    kept = np.ones(len(documents), dtype=np.bool_)
    # A quotient, not a product: 19 / 20 is 0.95 exactly as it is written.
    shares = documents[outer] / np.maximum(documents[inner], 1)
    kept[inner[(shares >= share) & (documents[inner] > 0)]] = False
    return kept


def _find_nested_pairs(fragments: Sequence[str], *, fold: bool, boundaries: bool) -> IntArray:
    found = Matcher(fragments, fold=fold, boundaries=boundaries).occurrences(fragments)
    lengths = np.array([len(fragment) for fragment in fragments])
    longer = lengths[found.texts] > lengths[found.fragments]
    return np.stack([found.fragments[longer], found.texts[longer]], axis=1)
