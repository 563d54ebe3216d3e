"""Summarize the measures of all pairs: means with intervals, warnings, and a recommended method."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from camlode.pipeline.bootstrap import Bootstrap
from camlode.pipeline.faithfulness.randomisation import SURVIVAL_THRESHOLD
from camlode.pipeline.faithfulness.report import FaithfulnessReport, MethodResult
from camlode.pipeline.faithfulness.sample import RANDOM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from camlode.pipeline.arrays import FloatArray
    from camlode.pipeline.faithfulness.plausibility import Plausibility
    from camlode.pipeline.faithfulness.removal import Fidelity, Removal
    from camlode.pipeline.faithfulness.sample import Rationales
    from camlode.pipeline.faithfulness.scores import MethodScores

_MEASURE = "comprehensiveness − sufficiency"


class MethodMeasures(NamedTuple):
    """The measures of one ranking, [pairs] each; None for those that do not apply."""

    fidelity: Fidelity
    correlation: FloatArray | None
    plausibility: Plausibility | None

    @property
    def difference(self) -> FloatArray:
        """Comprehensiveness − sufficiency, by which methods are compared."""
        return self.fidelity.comprehensiveness - self.fidelity.sufficiency


def summarize(
    measured: Mapping[str, MethodMeasures],
    method_scores: MethodScores,
    *,
    sample_size: int,
    removal: Removal,
    rationales: Rationales | None,
    seed: int,
) -> FaithfulnessReport:
    """Make the report from the measures of the methods and the baselines.

    sample_size: the number of documents in the sample.
    """
    bootstrap = Bootstrap(method_scores.pairs.documents, seed=seed)
    results = [_build_result(name, each, method_scores.seconds.get(name), bootstrap) for name, each in measured.items()]
    results.sort(key=lambda result: (result.kind == "baseline", -result.difference.mean if result.difference else 0.0))
    differences = {name: each.difference for name, each in measured.items()}
    return FaithfulnessReport(
        results=tuple(results),
        refused=method_scores.refused,
        documents=sample_size,
        explained=len(np.unique(method_scores.pairs.documents)),
        pairs=len(method_scores.pairs.labels),
        removal=removal,
        marked_pairs=_count_marked_pairs(measured),
        marks_by_gold=None if rationales is None else rationales.gold_only,
        warnings=tuple(_find_warnings(differences, method_scores.scores, results, bootstrap)),
        recommendation=recommend_method(
            {name: differences[name] for name in method_scores.scores}, method_scores.seconds, bootstrap
        ),
    )


def recommend_method(differences: Mapping[str, FloatArray], seconds: Mapping[str, float], bootstrap: Bootstrap) -> str:
    """Recommend a method, in one line: the cheapest of those that cannot be distinguished from the best.

    differences: by method, comprehensiveness − sufficiency [pairs]; without the baselines.
    seconds: by method, the time for 1,000 documents.

    Two methods cannot be distinguished if the interval of their paired difference contains 0.
    """
    names = sorted(differences, key=lambda name: -float(differences[name].mean()))
    best, others = names[0], names[1:]
    if not others:
        return f"only {best} was compared: there is nothing to choose from"
    tied = [name for name in others if not _is_better(differences[best], differences[name], bootstrap)]
    cheapest = min((best, *tied), key=lambda name: seconds[name])
    if len(tied) == len(others):
        return f"the methods do not differ significantly in {_MEASURE}; use the cheapest, {cheapest}"
    if not tied:
        return f"use {best}: it has the highest {_MEASURE}, significantly above every other method"
    alike = ", ".join(tied)
    if cheapest == best:
        return f"use {best}: it has the highest {_MEASURE}; not significantly lower, but slower: {alike}"
    reason = f"its {_MEASURE} is not significantly below the highest, of {best}, and it is faster"
    return f"use {cheapest}: {reason} (alike: {alike})"


def find_methods_no_better_than_random(differences: Mapping[str, FloatArray], bootstrap: Bootstrap) -> list[str]:
    """The methods that are not significantly better than a random order; `differences` includes RANDOM."""
    random = differences[RANDOM]
    return [name for name, own in differences.items() if name != RANDOM and not _is_better(own, random, bootstrap)]


def _is_better(first: FloatArray, second: FloatArray, bootstrap: Bootstrap) -> bool:
    interval = bootstrap.interval(first - second)
    return interval is not None and interval.low > 0


def _build_result(name: str, measures: MethodMeasures, seconds: float | None, bootstrap: Bootstrap) -> MethodResult:
    agreement, correlation = measures.plausibility, measures.correlation
    randomisation = None if correlation is None else bootstrap.interval(correlation)
    return MethodResult(
        name=name,
        kind="baseline" if seconds is None else "method",
        **{field: bootstrap.interval(values) for field, values in measures.fidelity._asdict().items()},
        difference=bootstrap.interval(measures.difference),
        randomisation=randomisation,
        survives=randomisation is not None and randomisation.mean >= SURVIVAL_THRESHOLD,
        seconds=seconds,
        auprc=agreement and bootstrap.interval(agreement.auprc),
        token_f1=agreement and bootstrap.interval(agreement.token_f1),
    )


def _count_marked_pairs(measured: Mapping[str, MethodMeasures]) -> int:
    agreement = next(iter(measured.values())).plausibility
    return 0 if agreement is None else int((~np.isnan(agreement.auprc)).sum())


def _find_warnings(
    differences: Mapping[str, FloatArray],
    methods: Mapping[str, object],
    results: Sequence[MethodResult],
    bootstrap: Bootstrap,
) -> Iterator[str]:
    worse = find_methods_no_better_than_random(differences, bootstrap)
    if set(methods) <= set(worse):
        yield "no method is better than a random order: do not trust any of them on this model"
    elif lost := [name for name in worse if name in methods]:
        yield f"not better than a random order: {', '.join(lost)}"
    if kept := [result.name for result in results if result.survives]:
        yield f"the ranking hardly depends on what the top layers learnt: {', '.join(kept)}"
