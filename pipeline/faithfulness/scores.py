"""Asks each method about the sample, and keeps what all of them answered."""
# MERGED: Which methods are compared, and what each says of the sample.

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import numpy as np

from camlode.config.attribution import MethodName
from camlode.config.errors import CorpusError, JobError, ModelError, did_you_mean
from camlode.pipeline.faithfulness.agreement import intersect_pairs
from camlode.pipeline.faithfulness.removal import TextVariants, find_fill_id
from camlode.pipeline.faithfulness.report import RefusedMethod
from camlode.pipeline.records import REJECTS_SCHEMA, ShardDocuments
from camlode.pipeline.stages.encode import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from camlode.config import Job
    from camlode.pipeline.explainer import Explainer
    from camlode.pipeline.faithfulness.agreement import Pairs
    from camlode.pipeline.faithfulness.removal import Removal
    from camlode.pipeline.records import Importances

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
    from camlode.pipeline.explainer import open_explainer

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


class MethodScores(NamedTuple):
    """The documents that have tokens, an explainer for what the model says of them, and each method's scores."""

    documents: pa.Table
    texts: TextVariants
    explainer: Explainer
    pairs: Pairs
    scores: dict[str, npt.NDArray[np.float64]]
    seconds: dict[str, float]
    refused: tuple[RefusedMethod, ...]


def score_methods(
    job: Job,
    model: Any,
    documents: pa.Table,
    methods: Sequence[str],
    removal: Removal,
    on_progress: Callable[[str], None],
) -> MethodScores:
    """Runs `methods` on `documents`; `on_progress` is told of each as its turn comes.

    Raises a ModelError where the model bears none of them, a CorpusError where no document has a token, or a label.
    """
    answers: dict[str, TimedImportances] = {}
    refused: list[RefusedMethod] = []
    encoded: tuple[Explainer, pa.Table, TextVariants] | None = None
    for name in methods:
        on_progress(f"{name}: explaining")
        try:
            explainer = open_method_explainer(job, model, name)
            encoded = encoded or (explainer, *_encode_documents(job, explainer, documents, removal))
            answers[name] = time_method(explainer, encoded[2], encoded[1].num_rows)
        except ModelError as error:
            refused.append(RefusedMethod(name, str(error)))
    if encoded is None or not answers:
        reasons = dict.fromkeys(each.reason for each in refused)
        raise ModelError(f"no method can explain this model: {'; '.join(reasons)}")
    pairs, scores = intersect_pairs([answer.importances for answer in answers.values()])
    if not len(pairs.labels):
        raise CorpusError(
            f"the model gives none of the {encoded[1].num_rows} sampled documents a label; lower model.threshold"
        )
    seconds = {name: 1000 * answer.seconds / encoded[1].num_rows for name, answer in answers.items()}
    return MethodScores(
        encoded[1], encoded[2], encoded[0], pairs, dict(zip(answers, scores, strict=True)), seconds, tuple(refused)
    )


def _encode_documents(
    job: Job, explainer: Explainer, documents: pa.Table, removal: Removal
) -> tuple[pa.Table, TextVariants]:
    shard = encode(ShardDocuments(documents, REJECTS_SCHEMA.empty_table()), explainer.tokenizer, context=0)
    if not shard.documents.num_rows:
        raise CorpusError(f"none of the {documents.num_rows} sampled documents has a token; check tokenizer")
    strings = shard.documents["text"].to_pylist() if explainer.takes_text else None
    return shard.documents, TextVariants(shard.tokens, strings, find_fill_id(job, explainer, removal))
