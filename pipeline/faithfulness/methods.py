"""Which methods are compared, and what each says of the sample."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import numpy as np

from config.attribution import MethodName
from config.errors import JobError, ModelError
from config.names import did_you_mean

if TYPE_CHECKING:
    from config import Job
    from pipeline.faithfulness.removal import TextVariants
    from pipeline.records import Importances
    from pipeline.stages.attribute import Explainer

ALL_METHODS: tuple[str, ...] = get_args(MethodName)
OPT_IN_METHODS = ("score-cam", "shapley", "class-activate-map", "text-grad-cam")
"""Methods that are slow, or that only reproduce a published script: compared where they are asked for."""


class TimedImportances(NamedTuple):
    """A method's scores, and the seconds that it took, start-up and compiling apart."""

    importances: Importances
    seconds: float


def select_methods(named: str | None) -> tuple[str, ...]:
    """The methods of a comma-separated list, each once; all but ON_REQUEST where there is none.

    Raises:
        JobError: a name is no method's.
    """
    if named is None:
        return tuple(name for name in ALL_METHODS if name not in OPT_IN_METHODS)
    names = tuple(dict.fromkeys(name.strip() for name in named.split(",")))
    if unknown := [name for name in names if name not in ALL_METHODS]:
        raise JobError(f"--methods: there is no method {unknown[0]!r}; {did_you_mean(unknown[0], ALL_METHODS)}")
    return names


def open_method_explainer(job: Job, model: Any, method: str) -> Explainer:
    """The job's explainer with another method; raises a ModelError where the model can't bear it."""
    # Imported once TensorFlow has been started.
    from pipeline.stages.attribute import open_explainer

    attribution = job.attribution.model_copy(update={"method": method})
    return open_explainer(job.model_copy(update={"attribution": attribution}), model=model)


def time_method(explainer: Explainer, texts: TextVariants, count: int) -> TimedImportances:
    """Runs a method on the `count` documents of `texts`; on the first of them once before, to compile it."""
    attribute = explainer.attributor.attribute
    attribute(*texts.full_texts(np.zeros(1, np.int64)))
    started = time.perf_counter()
    importances = attribute(texts.tokens, texts.strings)
    seconds = time.perf_counter() - started
    if len(importances.invalid) == count:
        raise ModelError("its scores are no finite numbers for any document")
    return TimedImportances(importances, seconds)
