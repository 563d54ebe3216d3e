"""Asks each method about the sample, and keeps what all of them answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from config.errors import CorpusError, ModelError
from pipeline.faithfulness.fill import find_fill_id
from pipeline.faithfulness.methods import open_method_explainer, time_method
from pipeline.faithfulness.pairs import intersect_pairs
from pipeline.faithfulness.removal import TextVariants
from pipeline.faithfulness.report import RefusedMethod
from pipeline.records import REJECTS_SCHEMA, ShardDocuments
from pipeline.stages.encode import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from config import Job
    from pipeline.faithfulness.methods import TimedImportances
    from pipeline.faithfulness.pairs import Pairs
    from pipeline.faithfulness.removal import Removal
    from pipeline.stages.attribute import Explainer


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
