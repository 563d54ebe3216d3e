"""The statistics stage: counts of matches → precision, coverage, association and nesting of patterns.

All functions take arrays [patterns] that broadcast; counts are of documents unless stated otherwise. Undefined values
are NaN, such as the coverage of a label that no document has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from camlode.rules.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.arrays import BoolArray, FloatArray, IntArray
    from camlode.pipeline.stages.match_counts import MatchCounts


NORMAL_95 = 1.959963984540054
"""The 0.975 quantile of the standard normal distribution, for two-sided intervals of 95 %."""


class PatternStatistics(NamedTuple):
    """Statistics of each pattern [patterns]; those against gold labels are NaN where no document has any."""

    precision: FloatArray
    precision_lower: FloatArray
    gold_precision: FloatArray
    gold_precision_lower: FloatArray
    coverage: FloatArray
    lift: FloatArray
    log_odds: FloatArray
    log_odds_z: FloatArray


def compute_statistics(counts: MatchCounts, labels: Any) -> PatternStatistics:
    """Compute the statistics of patterns whose labels have the numbers `labels` [patterns]."""
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


def precision(joint_documents: Any, documents: Any) -> FloatArray:
    """(joint_documents + 1) / (documents + 2): smoothed share of the fragment's documents that have the label.

    Unit: a probability. Laplace's rule of succession for two outcomes (Laplace 1774): ½ where there is no document.
    """
    return np.asarray((joint_documents + 1) / (documents + 2))


def wilson_lower_bound(successes: Any, trials: Any, *, z: float = NORMAL_95) -> FloatArray:
    """(p + z²/2n − z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n) with n trials and p = successes / n, not smoothed.

    Unit: a probability, the lower end of the 95 % interval; 0 where n = 0. Wilson 1927, "Probable inference, the law
    of succession, and statistical inference".
    """
    successes, trials = np.asarray(successes, np.float64), np.asarray(trials, np.float64)
    # Multiplied by n, so that n = 0 needs no special case.
    margin = z * np.sqrt(_divide(successes * (trials - successes), trials, undefined=0.0) + z**2 / 4)
    # Rounding must not make it negative where there is no success.
    return np.asarray(np.maximum(successes + z**2 / 2 - margin, 0.0) / (trials + z**2))


def coverage(joint_documents: Any, label_documents: Any) -> FloatArray:
    """joint_documents / label_documents: the share of the label's documents in which the fragment occurs (recall).

    Unit: a probability, NaN where no document has the label.
    """
    return _divide(joint_documents, label_documents)


def lift(joint_documents: Any, documents: Any, label_documents: Any, corpus: Any) -> FloatArray:
    """(joint_documents / documents) / (label_documents / corpus): how much more frequent the label is with it.

    Unit: a ratio, 1 where they are independent; NaN where the fragment or the label is in no document. Brin, Motwani,
    Ullman, Tsur 1997, "Dynamic itemset counting and implication rules for market basket data".
    """
    return _divide(_divide(joint_documents, documents), _divide(label_documents, corpus))


def log_odds_ratio(
    joint_documents: Any, documents: Any, label_documents: Any, corpus: Any, *, strength: float = 1.0
) -> tuple[FloatArray, FloatArray]:
    """δ = log((y + α) / (n + α₀ − y − α)) − log((y' + α) / (n' + α₀ − y' − α)), and z = δ / √(1/(y + α) + 1/(y' + α)).

    The fragment is in y of the label's n documents and in y' of the n' others. The prior is the whole corpus, counted
    `strength` times: α = strength · documents, α₀ = strength · corpus; a stronger prior draws δ towards 0.
    Units: δ in nats, z in standard deviations; both 0 for a fragment in every document or in none. Monroe, Colaresi,
    Quinn 2008, "Fightin' words: lexical feature selection and evaluation", with documents for words.
    """
    prior, rest = strength * np.asarray(documents, np.float64), strength * (corpus - np.asarray(documents, np.float64))
    inside, outside = joint_documents + prior, documents - joint_documents + prior
    lacking = label_documents - joint_documents + rest
    lacking_outside = (corpus - label_documents) - (documents - joint_documents) + rest
    is_informative = (prior > 0) & (rest > 0)
    odds = _divide(inside * lacking_outside, lacking * outside, where=is_informative, undefined=1.0)
    deviation = np.sqrt(_divide(inside + outside, inside * outside, where=is_informative, undefined=1.0))
    return np.log(odds), np.log(odds) / deviation


def weighted_importance(importance: Any, probability: Any) -> FloatArray:
    """importance × precision: cumulative importance, reduced by the share of documents with other labels.

    Unit: logits.
    """
    return np.asarray(importance * probability)


def c_value(frequency: Any, length: Any, inner: Any, outer: Any) -> FloatArray:
    """log₂(|a| + 1) · (f(a) − mean of f(b) over the longer b that contain a); f(a) alone where there is none.

    frequency and length are [patterns], `inner` and `outer` [pairs] the numbers of a and b as from `find_nested`.
    Unit: that of `frequency`, times bits of the length in units. Frantzi, Ananiadou, Mima 2000, "Automatic recognition
    of multi-word terms: the C-value/NC-value method"; the + 1 keeps fragments of one unit from being 0.
    """
    frequency, length = np.asarray(frequency, np.float64), np.asarray(length, np.float64)
    containers = np.bincount(inner, minlength=len(frequency))
    outer_frequency = np.bincount(inner, weights=frequency[outer], minlength=len(frequency))
    return np.asarray(np.log2(length + 1) * (frequency - _divide(outer_frequency, containers, undefined=0.0)))


def _divide(numerator: Any, denominator: Any, *, where: Any = True, undefined: float = np.nan) -> FloatArray:
    """numerator / denominator; `undefined` where `denominator` is 0 or `where` is false."""
    numerator, denominator = np.broadcast_arrays(np.asarray(numerator, np.float64), np.asarray(denominator, np.float64))
    return np.asarray(
        np.divide(numerator, denominator, out=np.full(numerator.shape, undefined), where=where & (denominator != 0))
    )


def find_nested(
    labels: Any, fragments: Sequence[str], *, fold: bool = True, boundaries: bool = True
) -> tuple[IntArray, IntArray]:
    """Find pairs of patterns of the same label, the first within the second, longer one; sorted.

    `labels` and `fragments` are [patterns]; a fragment is within another where a Matcher of the same options finds it.
    """
    labels = np.asarray(labels)
    pairs = [np.empty((0, 2), np.int64)]
    for label in np.unique(labels):
        numbers = np.flatnonzero(labels == label)
        label_fragments = [fragments[number] for number in numbers.tolist()]
        pairs.append(numbers[_find_nested_pairs(label_fragments, fold=fold, boundaries=boundaries)])
    inner, outer = np.unique(np.concatenate(pairs), axis=0).T
    return inner, outer


def find_maximal(documents: Any, inner: Any, outer: Any, *, share: float = 0.95) -> BoolArray:
    """Find the patterns [patterns] that are not subsumed by a longer pattern.

    b subsumes a, which is within it, where documents(b) / documents(a) >= share; documents are those in which they
    occur.
    """
    documents = np.asarray(documents)
    kept = np.ones(len(documents), dtype=np.bool_)
    # A quotient, not a product: it rounds as the share itself does, so that 19 of 20 are exactly 0.95.
    shares = documents[outer] / np.maximum(documents[inner], 1)
    kept[inner[(shares >= share) & (documents[inner] > 0)]] = False
    return kept


def _find_nested_pairs(fragments: Sequence[str], *, fold: bool, boundaries: bool) -> IntArray:
    occurrences = Matcher(fragments, fold=fold, boundaries=boundaries).find_occurrences(fragments)
    lengths = np.array([len(fragment) for fragment in fragments])
    longer = lengths[occurrences.texts] > lengths[occurrences.fragments]
    return np.stack([occurrences.fragments[longer], occurrences.texts[longer]], axis=1)
