"""The scores that each compared method gives the tokens of the sample."""

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

    import pyarrow as pa

    from camlode.config import Job
    from camlode.pipeline.arrays import FloatArray
    from camlode.pipeline.explainer import Explainer
    from camlode.pipeline.faithfulness.agreement import Pairs
    from camlode.pipeline.faithfulness.removal import Removal
    from camlode.pipeline.records import Importances

ALL_METHODS: tuple[str, ...] = get_args(MethodName)
OPT_IN_METHODS = ("score-cam", "shapley", "class-activate-map", "text-grad-cam")
"""Methods that are compared only if named: they are slow, or only reproduce a published script."""


class TimedImportances(NamedTuple):
    """A method's importances, and the seconds that it took, without start-up and compilation."""

    importances: Importances
    seconds: float


def select_methods(named: str | None) -> tuple[str, ...]:
    """Parse a comma-separated list of methods, each once; None selects all but OPT_IN_METHODS.

    Raises:
        JobError: a method does not exist.
    """
    if named is None:
        return tuple(name for name in ALL_METHODS if name not in OPT_IN_METHODS)
    names = tuple(dict.fromkeys(name.strip() for name in named.split(",")))
    if unknown := [name for name in names if name not in ALL_METHODS]:
        raise JobError(f"--methods: there is no method {unknown[0]!r}; {did_you_mean(unknown[0], ALL_METHODS)}")
    return names


def open_method_explainer(job: Job, model: Any, method: str) -> Explainer:
    """Open the job's explainer with another method; raises a ModelError if the model does not support it."""
    # Imported late: it loads TensorFlow, which must have been started with the seed.
    from camlode.pipeline.explainer import open_explainer

    attribution = job.attribution.model_copy(update={"method": method})
    return open_explainer(job.model_copy(update={"attribution": attribution}), model=model)


def time_method(explainer: Explainer, texts: TextVariants, count: int) -> TimedImportances:
    """Run a method on the `count` documents of `texts`, after a first run on one of them that compiles it."""
    attribute = explainer.attributor.attribute
    attribute(*texts.full_texts(np.zeros(1, np.int64)))
    started = time.perf_counter()
    importances = attribute(texts.tokens, texts.strings)
    seconds = time.perf_counter() - started
    if len(importances.invalid) == count:
        raise ModelError("its scores are not finite for any document")
    return TimedImportances(importances, seconds)


class MethodScores(NamedTuple):
    """The scores of all methods for the same pairs of document and label.

    documents: the sampled documents that have tokens.
    texts: their tokens, from which variants with removed tokens are made.
    explainer: that of the first method, for predictions.
    pairs: the pairs that every method explained.
    scores: by method, the scores of the pairs' tokens in logits [scores], flat.
    seconds: by method, the time for 1,000 documents.
    refused: methods that the model does not support.
    """

    documents: pa.Table
    texts: TextVariants
    explainer: Explainer
    pairs: Pairs
    scores: dict[str, FloatArray]
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
    """Run `methods` on `documents`, calling `on_progress` before each.

    Raises:
        CorpusError: no document has a token, or the model gives none a label.
        ModelError: the model supports none of the methods.
    """
    timed: dict[str, TimedImportances] = {}
    refused: list[RefusedMethod] = []
    encoded: tuple[Explainer, pa.Table, TextVariants] | None = None
    for name in methods:
        on_progress(f"{name}: explaining")
        try:
            explainer = open_method_explainer(job, model, name)
            encoded = encoded or (explainer, *_encode_documents(job, explainer, documents, removal))
            timed[name] = time_method(explainer, encoded[2], encoded[1].num_rows)
        except ModelError as error:
            refused.append(RefusedMethod(name, str(error)))
    if encoded is None or not timed:
        reasons = dict.fromkeys(each.reason for each in refused)
        raise ModelError(f"no method can explain this model: {'; '.join(reasons)}")
    pairs, scores = intersect_pairs([each.importances for each in timed.values()])
    if not len(pairs.labels):
        raise CorpusError(
            f"the model gives none of the {encoded[1].num_rows} sampled documents a label; lower model.threshold"
        )
    seconds = {name: 1000 * each.seconds / encoded[1].num_rows for name, each in timed.items()}
    return MethodScores(
        encoded[1], encoded[2], encoded[0], pairs, dict(zip(timed, scores, strict=True)), seconds, tuple(refused)
    )


def _encode_documents(
    job: Job, explainer: Explainer, documents: pa.Table, removal: Removal
) -> tuple[pa.Table, TextVariants]:
    shard = encode(ShardDocuments(documents, REJECTS_SCHEMA.empty_table()), explainer.tokenizer, context=0)
    if not shard.documents.num_rows:
        raise CorpusError(f"none of the {documents.num_rows} sampled documents has a token; check tokenizer")
    strings = shard.documents["text"].to_pylist() if explainer.takes_text else None
    return shard.documents, TextVariants(shard.tokens, strings, find_fill_id(job, explainer, removal))
