"""One text explained: what each token said for each label, in this process and without Ray."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from config.errors import CamlodeError, JobError
from config.names import which
from pipeline.fragments.spans import choose_spans
from pipeline.fragments.text import JoinedText
from pipeline.fragments.units import find_units
from pipeline.records import DOCUMENTS, IMPORTANCE_UNIT, REJECTS, Importances, ShardDocuments, Tokens
from pipeline.stages.encode import encode
from pipeline.tokenizers.segment import segmenter

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

    from config import Job
    from pipeline.stages.attribute import Explainer


@dataclass(frozen=True, slots=True)
class TokenImportance:
    """A token: its characters [start, end) of the text, and its importance in logits."""

    text: str
    start: int
    end: int
    importance: float


@dataclass(frozen=True, slots=True)
class LabelExplanation:
    """Why a text was given a label.

    `score` is the label's probability. `tokens` are all tokens that the model read, in order; `fragments` are those
    that a job would mine, the most important first.
    """

    label: str
    score: float
    tokens: tuple[TokenImportance, ...]
    fragments: tuple[TokenImportance, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A text, and the labels that the model gives it, the most probable first."""

    text: str
    labels: tuple[LabelExplanation, ...]

    def to_dict(self) -> dict[str, Any]:
        """The explanation as values that JSON can hold."""
        return asdict(self)


def explain(
    job: Job, texts: Sequence[str], *, labels: Sequence[str] = (), model: keras.Model | None = None
) -> list[Explanation]:
    """Explains `texts` as the job would: the labels that the model predicts, or the `labels` named.

    `model` stands for the file of `model.path` where it is in memory. Raises a CamlodeError for a text that can't be
    explained (empty, without a token that the model knows) or a label that the model hasn't.
    """
    from pipeline.models.runtime import start_tensorflow

    start_tensorflow(seed=job.run.seed)
    from pipeline.stages.attribute import open_explainer

    explainer = open_explainer(job, model)
    wanted = [_label_number(label, explainer.facts.labels) for label in labels]
    return [_explain_one(job, explainer, text, wanted) for text in texts]


def _label_number(label: str, labels: Sequence[str]) -> int:
    if label in labels:
        return labels.index(label)
    raise JobError(f"the model has no label {label!r}; {which(label, labels)}")


def _explain_one(job: Job, explainer: Explainer, text: str, wanted: Sequence[int]) -> Explanation:
    if not text.strip():
        raise CamlodeError("the text to explain is empty or blank; give one with words in it")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise CamlodeError(f"the text to explain is not valid Unicode at character {error.start}") from error
    documents = pa.table({"id": ["text"], "text": [text], "labels": [None], "place": ["text"]}, schema=DOCUMENTS)
    shard = encode(ShardDocuments(documents, REJECTS.empty_table()), explainer.tokenizer, context=len(text))
    if not shard.documents.num_rows:
        raise CamlodeError("nothing of the text is a token that the model knows")
    importances = explainer.attributor.attribute(shard.tokens, [text], wanted=wanted)
    if len(importances.invalid):
        raise CamlodeError("the model answers this text with something that is not a number")
    fragments = _fragments(job, text, shard.tokens, importances)
    return Explanation(
        text,
        tuple(
            LabelExplanation(
                label=explainer.facts.labels[number],
                score=float(importances.probabilities[pair]),
                tokens=_tokens(text, shard.tokens, importances, pair),
                fragments=fragments[pair],
            )
            for pair, number in enumerate(importances.labels.tolist())
        ),
    )


def _tokens(text: str, tokens: Tokens, importances: Importances, pair: int) -> tuple[TokenImportance, ...]:
    values = importances.values[importances.offsets[pair] : importances.offsets[pair + 1]] * IMPORTANCE_UNIT
    rows = zip(tokens.starts.tolist(), tokens.ends.tolist(), values.tolist(), strict=True)
    return tuple(TokenImportance(text[start:end], start, end, value) for start, end, value in rows)


def _fragments(job: Job, text: str, tokens: Tokens, importances: Importances) -> list[tuple[TokenImportance, ...]]:
    joined = JoinedText([text])
    cut = segmenter(dictionary=job.tokenizer.dictionary, hmm=job.tokenizer.hmm)
    units = find_units(joined, tokens.starts, tokens.ends, unit=job.fragments.unit, cut=cut)
    spans = choose_spans(
        importances,
        units,
        tokens.starts,
        tokens.offsets,
        max_units=job.fragments.max_units,
        share=job.fragments.share,
    )
    rows = np.lexsort((spans.starts, -spans.importances))
    return [
        tuple(
            TokenImportance(
                text[spans.starts[row] : spans.ends[row]],
                int(spans.starts[row]),
                int(spans.ends[row]),
                float(spans.importances[row] * IMPORTANCE_UNIT),
            )
            for row in rows
            if spans.pairs[row] == pair
        )
        for pair in range(len(importances.documents))
    ]
