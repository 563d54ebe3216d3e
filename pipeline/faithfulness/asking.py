"""Asks each method about the sample, and keeps what all of them answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from config.errors import CorpusError, ModelError
from pipeline.faithfulness.fill import fill_id
from pipeline.faithfulness.methods import explained, explainer_of
from pipeline.faithfulness.pairs import common_pairs
from pipeline.faithfulness.removal import Texts
from pipeline.faithfulness.report import Refused
from pipeline.records import REJECTS, ShardDocuments
from pipeline.stages.encode import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from config import Job
    from pipeline.faithfulness.methods import Timed
    from pipeline.faithfulness.pairs import Pairs
    from pipeline.faithfulness.removal import Removal
    from pipeline.stages.attribute import Explainer


class Asked(NamedTuple):
    """The documents that have tokens, an explainer for what the model says of them, and each method's scores."""

    documents: pa.Table
    texts: Texts
    explainer: Explainer
    pairs: Pairs
    scores: dict[str, npt.NDArray[np.float64]]
    seconds: dict[str, float]
    refused: tuple[Refused, ...]


def ask(
    job: Job, model: Any, documents: pa.Table, methods: Sequence[str], removal: Removal, step: Callable[[str], None]
) -> Asked:
    """Runs `methods` on `documents`; `step` is told of each as its turn comes.

    Raises a ModelError where the model bears none of them, a CorpusError where no document has a token, or a label.
    """
    answers: dict[str, Timed] = {}
    refused: list[Refused] = []
    opened: tuple[Explainer, pa.Table, Texts] | None = None
    for name in methods:
        step(f"{name}: explaining")
        try:
            explainer = explainer_of(job, model, name)
            opened = opened or (explainer, *_encoded(job, explainer, documents, removal))
            answers[name] = explained(explainer, opened[2], opened[1].num_rows)
        except ModelError as error:
            refused.append(Refused(name, str(error)))
    if opened is None or not answers:
        reasons = dict.fromkeys(each.reason for each in refused)
        raise ModelError(f"no method can explain this model: {'; '.join(reasons)}")
    pairs, scores = common_pairs([answer.importances for answer in answers.values()])
    if not len(pairs.labels):
        raise CorpusError(
            f"the model gives none of the {opened[1].num_rows} sampled documents a label; lower model.threshold"
        )
    seconds = {name: 1000 * answer.seconds / opened[1].num_rows for name, answer in answers.items()}
    return Asked(
        opened[1], opened[2], opened[0], pairs, dict(zip(answers, scores, strict=True)), seconds, tuple(refused)
    )


def _encoded(job: Job, explainer: Explainer, documents: pa.Table, removal: Removal) -> tuple[pa.Table, Texts]:
    shard = encode(ShardDocuments(documents, REJECTS.empty_table()), explainer.tokenizer, context=0)
    if not shard.documents.num_rows:
        raise CorpusError(f"none of the {documents.num_rows} sampled documents has a token; check tokenizer")
    strings = shard.documents["text"].to_pylist() if explainer.takes_text else None
    return shard.documents, Texts(shard.tokens, strings, fill_id(job, explainer, removal))
