"""From what was measured of each pair to the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline.bootstrap import Bootstrap
from pipeline.faithfulness.comparison import not_better_than_random, recommendation
from pipeline.faithfulness.randomisation import SURVIVES
from pipeline.faithfulness.report import FaithfulnessReport, MethodResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from pipeline.faithfulness.asking import Asked
    from pipeline.faithfulness.curves import Fidelity
    from pipeline.faithfulness.marks import Marks
    from pipeline.faithfulness.plausibility import Plausibility
    from pipeline.faithfulness.removal import Removal


class Measures(NamedTuple):
    """What was measured of one ranking, [pairs] each; None where it was not."""

    fidelity: Fidelity
    correlation: npt.NDArray[np.float64] | None
    plausibility: Plausibility | None

    @property
    def difference(self) -> npt.NDArray[np.float64]:
        """Comprehensiveness − sufficiency: by this the methods are compared."""
        return self.fidelity.comprehensiveness - self.fidelity.sufficiency


def summary(
    measured: Mapping[str, Measures], asked: Asked, *, drawn: int, removal: Removal, marks: Marks | None, seed: int
) -> FaithfulnessReport:
    """The report on `measured`: the methods of `asked`, and the baselines. `drawn` is the documents in the sample."""
    bootstrap = Bootstrap(asked.pairs.documents, seed=seed)
    results = [_result(name, each, asked.seconds.get(name), bootstrap) for name, each in measured.items()]
    results.sort(key=lambda result: (result.kind == "baseline", -result.difference.mean if result.difference else 0.0))
    differences = {name: each.difference for name, each in measured.items()}
    return FaithfulnessReport(
        results=tuple(results),
        refused=asked.refused,
        documents=drawn,
        explained=len(np.unique(asked.pairs.documents)),
        pairs=len(asked.pairs.labels),
        removal=removal,
        marked_pairs=_marked_pairs(measured),
        marks_by_gold=None if marks is None else marks.by_gold,
        warnings=tuple(_warnings(differences, asked.scores, results, bootstrap)),
        recommendation=recommendation({name: differences[name] for name in asked.scores}, asked.seconds, bootstrap),
    )


def _result(name: str, measures: Measures, seconds: float | None, bootstrap: Bootstrap) -> MethodResult:
    agreement, correlation = measures.plausibility, measures.correlation
    randomisation = None if correlation is None else bootstrap.interval(correlation)
    return MethodResult(
        name=name,
        kind="baseline" if seconds is None else "method",
        **{field: bootstrap.interval(values) for field, values in measures.fidelity._asdict().items()},
        difference=bootstrap.interval(measures.difference),
        randomisation=randomisation,
        survives=randomisation is not None and randomisation.mean >= SURVIVES,
        seconds=seconds,
        auprc=agreement and bootstrap.interval(agreement.auprc),
        token_f1=agreement and bootstrap.interval(agreement.token_f1),
    )


def _marked_pairs(measured: Mapping[str, Measures]) -> int:
    agreement = next(iter(measured.values())).plausibility
    return 0 if agreement is None else int((~np.isnan(agreement.auprc)).sum())


def _warnings(
    differences: Mapping[str, npt.NDArray[np.float64]],
    methods: Mapping[str, object],
    results: Sequence[MethodResult],
    bootstrap: Bootstrap,
) -> Iterator[str]:
    worse = not_better_than_random(differences, bootstrap)
    if set(methods) <= set(worse):
        yield "no method is better than a random order: don't trust any of them on this model"
    elif lost := [name for name in worse if name in methods]:
        yield f"not better than a random order: {', '.join(lost)}"
    if kept := [result.name for result in results if result.survives]:
        yield f"the ranking hardly depends on what the top layers learnt: {', '.join(kept)}"
