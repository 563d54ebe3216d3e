"""How faithful each method is on a sample of the corpus: all of it, in this process and without Ray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from camlode.pipeline.faithfulness.agreement import rank_tokens
from camlode.pipeline.faithfulness.plausibility import plausibility
from camlode.pipeline.faithfulness.randomisation import measure_randomisation
from camlode.pipeline.faithfulness.removal import measure_fidelity
from camlode.pipeline.faithfulness.sample import (
    LEAVE_ONE_OUT,
    POSITION,
    RANDOM,
    Rationales,
    align_rationales,
    draw_sample,
    leave_one_out,
    position_only,
    random_order,
)
from camlode.pipeline.faithfulness.scores import score_methods, select_methods
from camlode.pipeline.faithfulness.summary import MethodMeasures, summary

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from camlode.config import Job
    from camlode.pipeline.faithfulness.removal import Removal
    from camlode.pipeline.faithfulness.report import FaithfulnessReport
    from camlode.pipeline.faithfulness.scores import MethodScores


def _ignore_progress(_message: str) -> None:
    """Nobody wants to know."""


def measure(
    job: Job,
    *,
    methods: str | None = None,
    documents: int = 500,
    removal: Removal = "deleted",
    spans: str | None = None,
    on_progress: Callable[[str], None] = _ignore_progress,
) -> FaithfulnessReport:
    """Compares `methods` (comma-separated; None: all but the slow ones) on `documents` of the job's corpus.

    `removal` is how a token is removed; `spans` names the column of the spans that people marked; `on_progress` is told
    what is being done. Raises a CamlodeError for what the user can mend.
    """
    names = select_methods(methods)
    on_progress("reading the corpus")
    sample = draw_sample(job, documents, spans)
    from camlode.pipeline.models.runtime import start_backend

    start_backend(job.model.backend, seed=job.run.seed)
    from camlode.pipeline.explainer import load_model

    model = load_model(job)
    method_scores = score_methods(job, model, sample.documents, names, removal, on_progress)
    correlations = measure_randomisation(job, model, method_scores, on_progress)
    rationales = (
        None if spans is None else align_rationales(method_scores, sample, gold_only=job.corpus.label is not None)
    )
    ties = np.random.default_rng(job.run.seed).random(int(method_scores.pairs.offsets[-1]))
    measured = {
        name: _measure_method(name, values, method_scores, correlations, rationales, ties, on_progress)
        for name, values in (method_scores.scores | _score_baselines(method_scores, on_progress)).items()
    }
    return summary(
        measured,
        method_scores,
        sample_size=sample.documents.num_rows,
        removal=removal,
        rationales=rationales,
        seed=job.run.seed,
    )


def _score_baselines(
    method_scores: MethodScores, on_progress: Callable[[str], None]
) -> dict[str, npt.NDArray[np.float64]]:
    on_progress(f"{LEAVE_ONE_OUT}: removing each token once")
    return {
        RANDOM: random_order(method_scores.pairs),
        POSITION: position_only(method_scores.pairs),
        LEAVE_ONE_OUT: leave_one_out(method_scores.explainer.attributor, method_scores.texts, method_scores.pairs),
    }


def _measure_method(
    name: str,
    scores: npt.NDArray[np.float64],
    method_scores: MethodScores,
    correlations: dict[str, npt.NDArray[np.float64]],
    rationales: Rationales | None,
    ties: npt.NDArray[np.float64],
    on_progress: Callable[[str], None],
) -> MethodMeasures:
    on_progress(f"{name}: removing tokens in its order")
    ranks = rank_tokens(scores, method_scores.pairs, ties)
    offsets = method_scores.texts.tokens.offsets
    return MethodMeasures(
        measure_fidelity(method_scores.explainer.attributor, method_scores.texts, method_scores.pairs, ranks),
        correlations.get(name),
        rationales and plausibility(rationales.tokens, offsets, method_scores.pairs, ranks, rationales.included),
    )
