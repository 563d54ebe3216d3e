"""Measure how faithful explanation methods are to a model, on a sample of the corpus.

It runs in this process, without Ray.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from camlode.pipeline.faithfulness.agreement import rank_tokens
from camlode.pipeline.faithfulness.plausibility import measure_plausibility
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
from camlode.pipeline.faithfulness.summary import MethodMeasures, summarize

if TYPE_CHECKING:
    from collections.abc import Callable

    from camlode.config import Job
    from camlode.pipeline.arrays import FloatArray
    from camlode.pipeline.faithfulness.removal import Removal
    from camlode.pipeline.faithfulness.report import FaithfulnessReport
    from camlode.pipeline.faithfulness.scores import MethodScores


def _ignore_progress(_message: str) -> None:
    """Progress callback that does nothing."""


def faithfulness(
    job: Job,
    *,
    methods: str | None = None,
    documents: int = 500,
    removal: Removal = "deleted",
    spans: str | None = None,
    on_progress: Callable[[str], None] = _ignore_progress,
) -> FaithfulnessReport:
    """Compare how faithful methods are to a job's model.

    Args:
        job: the model and the corpus.
        methods: names, separated by commas; by default all methods except the slow ones and the presets.
        documents: the size of the sample of the corpus.
        removal: how a token is removed from a text.
        spans: the column of the corpus with the spans that people marked as reasons, for plausibility.
        on_progress: called with a line about each step.

    Raises:
        CorpusError: the corpus cannot be read, or its sample has no tokens, labels or spans.
        JobError: a method does not exist, or the removal does not suit the model.
        ModelError: the model cannot be loaded, or no method can explain it.
    """
    names = select_methods(methods)
    on_progress("reading the corpus")
    sample = draw_sample(job, documents, spans)
    # Imported late, so that a mistake in the arguments is reported before TensorFlow loads.
    from camlode.pipeline.models.runtime import start_backend

    start_backend(job.model.backend, seed=job.run.seed)
    from camlode.pipeline.explainer import load_model

    model = load_model(job)
    method_scores = score_methods(job, model, sample.documents, names, removal, on_progress)
    correlations = measure_randomisation(job, model, method_scores, on_progress)
    rationales = (
        None if spans is None else align_rationales(method_scores, sample, gold_only=job.corpus.label is not None)
    )
    # The same random order breaks the ties of every method, so that equal rankings have equal measures.
    ties = np.random.default_rng(job.run.seed).random(int(method_scores.pairs.offsets[-1]))
    measured = {
        name: _measure_method(name, values, method_scores, correlations, rationales, ties, on_progress)
        for name, values in (method_scores.scores | _score_baselines(method_scores, on_progress)).items()
    }
    return summarize(
        measured,
        method_scores,
        sample_size=sample.documents.num_rows,
        removal=removal,
        rationales=rationales,
        seed=job.run.seed,
    )


def _score_baselines(method_scores: MethodScores, on_progress: Callable[[str], None]) -> dict[str, FloatArray]:
    on_progress(f"{LEAVE_ONE_OUT}: removing each token once")
    return {
        RANDOM: random_order(method_scores.pairs),
        POSITION: position_only(method_scores.pairs),
        LEAVE_ONE_OUT: leave_one_out(method_scores.explainer.attributor, method_scores.texts, method_scores.pairs),
    }


def _measure_method(
    name: str,
    scores: FloatArray,
    method_scores: MethodScores,
    correlations: dict[str, FloatArray],
    rationales: Rationales | None,
    ties: FloatArray,
    on_progress: Callable[[str], None],
) -> MethodMeasures:
    on_progress(f"{name}: removing tokens in its order")
    ranks = rank_tokens(scores, method_scores.pairs, ties)
    offsets = method_scores.texts.tokens.offsets
    return MethodMeasures(
        measure_fidelity(method_scores.explainer.attributor, method_scores.texts, method_scores.pairs, ranks),
        correlations.get(name),
        rationales
        and measure_plausibility(rationales.tokens, offsets, method_scores.pairs, ranks, rationales.included),
    )
