"""How faithful each method is on a sample of the corpus: all of it, in this process and without Ray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.faithfulness.asking import ask
from pipeline.faithfulness.baselines import LEAVE_ONE_OUT, POSITION, RANDOM, leave_one_out, position_only, random_order
from pipeline.faithfulness.curves import fidelity
from pipeline.faithfulness.marks import Marks, marks_of
from pipeline.faithfulness.methods import chosen_methods
from pipeline.faithfulness.pairs import ranked
from pipeline.faithfulness.plausibility import plausibility
from pipeline.faithfulness.randomisation import check_randomised
from pipeline.faithfulness.sample import draw_sample
from pipeline.faithfulness.summary import Measures, summary

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from config import Job
    from pipeline.faithfulness.asking import Asked
    from pipeline.faithfulness.removal import Removal
    from pipeline.faithfulness.report import FaithfulnessReport


def _unheard(_doing: str) -> None:
    """Nobody wants to know."""


def measure(
    job: Job,
    *,
    methods: str | None = None,
    documents: int = 500,
    removal: Removal = "deleted",
    spans: str | None = None,
    step: Callable[[str], None] = _unheard,
) -> FaithfulnessReport:
    """Compares `methods` (comma-separated; None: all but the slow ones) on `documents` of the job's corpus.

    `removal` is how a token is removed; `spans` names the column of the spans that people marked; `step` is told
    what is being done. Raises a CamlodeError for what the user can mend.
    """
    names = chosen_methods(methods)
    step("reading the corpus")
    sample = draw_sample(job, documents, spans)
    from pipeline.models.runtime import start_backend

    start_backend(job.model.backend, seed=job.run.seed)
    from pipeline.stages.subject import load_model

    model = load_model(job)
    asked = ask(job, model, sample.documents, names, removal, step)
    correlations = check_randomised(job, model, asked, step)
    marks = None if spans is None else marks_of(asked, sample, by_gold=job.corpus.label is not None)
    ties = np.random.default_rng(job.run.seed).random(int(asked.pairs.offsets[-1]))
    measured = {
        name: _measures(name, values, asked, correlations, marks, ties, step)
        for name, values in (asked.scores | _baselines(asked, step)).items()
    }
    return summary(measured, asked, drawn=sample.documents.num_rows, removal=removal, marks=marks, seed=job.run.seed)


def _baselines(asked: Asked, step: Callable[[str], None]) -> dict[str, npt.NDArray[np.float64]]:
    step(f"{LEAVE_ONE_OUT}: removing each token once")
    return {
        RANDOM: random_order(asked.pairs),
        POSITION: position_only(asked.pairs),
        LEAVE_ONE_OUT: leave_one_out(asked.explainer.attributor, asked.texts, asked.pairs),
    }


def _measures(
    name: str,
    scores: npt.NDArray[np.float64],
    asked: Asked,
    correlations: dict[str, npt.NDArray[np.float64]],
    marks: Marks | None,
    ties: npt.NDArray[np.float64],
    step: Callable[[str], None],
) -> Measures:
    step(f"{name}: removing tokens in its order")
    ranks = ranked(scores, asked.pairs, ties)
    offsets = asked.texts.tokens.offsets
    return Measures(
        fidelity(asked.explainer.attributor, asked.texts, asked.pairs, ranks),
        correlations.get(name),
        marks and plausibility(marks.tokens, offsets, asked.pairs, ranks, marks.counts),
    )
