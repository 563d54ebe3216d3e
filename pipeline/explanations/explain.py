"""Explain texts in this process, without Ray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from camlode.config.errors import CamlodeError, JobError, did_you_mean
from camlode.pipeline.explanations.explanation import Explanation
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance
from camlode.pipeline.fragments.characters import JoinedText
from camlode.pipeline.fragments.spans import choose_spans
from camlode.pipeline.fragments.units import find_units
from camlode.pipeline.importance_unit import IMPORTANCE_UNIT
from camlode.pipeline.records import DOCUMENTS_SCHEMA, REJECTS_SCHEMA, ShardDocuments
from camlode.pipeline.stages.attribute import attribute
from camlode.pipeline.stages.encode import encode
from camlode.pipeline.tokenizers.segment import load_segmenter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import keras

    from camlode.config import Job
    from camlode.pipeline.records import EncodedShard, Importances, Tokens
    from camlode.pipeline.tokenizers import Tokenizer


def explain(
    job: Job, texts: Iterable[str], *, labels: Sequence[str] = (), model: keras.Model | None = None
) -> list[Explanation]:
    """Explain texts as the job would: the labels that the model predicts, or those in `labels`.

    Args:
        job: a job; see `load_job`.
        texts: the texts, which must have words that the model knows.
        labels: names of labels to explain, whether predicted or not.
        model: the model, if it is in memory already; by default the file `model.path` of the job.

    Returns:
        An explanation for each text, in their order.

    Raises:
        CamlodeError: a text cannot be explained (empty, without a known token), or the model has no such label.
    """
    texts = _check_texts(texts)
    return TextExplainer(job, model).explain(texts, labels=labels)


class TextExplainer:
    """Explains texts with a job's model, which is loaded once. Not thread-safe.

    Raises:
        CamlodeError: the model, its labels or its tokenizer cannot be loaded, or do not fit each other.
    """

    def __init__(self, job: Job, model: keras.Model | None = None) -> None:
        from camlode.pipeline.models.runtime import start_backend

        start_backend(job.model.backend, seed=job.run.seed)
        from camlode.pipeline.explainer import open_explainer

        self._job = job
        self._explainer = open_explainer(job, model)

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels of the model, in its order."""
        return tuple(self._explainer.model_info.labels)

    def explain(self, texts: Iterable[str], *, labels: Sequence[str] = ()) -> list[Explanation]:
        """Explain `texts`; see the function `explain`."""
        texts, job, explainer = _check_texts(texts), self._job, self._explainer
        requested_labels = [_label_index(label, explainer.model_info.labels) for label in labels]
        shard = _encode_texts(explainer.tokenizer, texts)
        importances = attribute(shard, explainer, requested_labels=requested_labels)
        for number in importances.invalid.tolist():
            raise CamlodeError(f"the model answers {_text_name(number, texts)} with something that is not a number")
        label_explanations = build_label_explanations(
            job, explainer.model_info.labels, texts, shard.tokens, importances
        )
        return [
            Explanation(text, tuple(each), method=job.attribution.method, unit=explainer.model_info.unit)
            for text, each in zip(texts, label_explanations, strict=True)
        ]


def _check_texts(texts: Iterable[str]) -> list[str]:
    if isinstance(texts, str):
        raise CamlodeError("explain takes a list of texts, not one text; put it into a list: explain(job, [text])")
    texts = list(texts)
    for number, text in enumerate(texts):
        name = _text_name(number, texts)
        if not isinstance(text, str):
            raise CamlodeError(f"{name} is of type {type(text).__name__}; expected a str")
        if not text.strip():
            raise CamlodeError(f"{name} is empty or blank; give one with words in it")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise CamlodeError(f"{name} is not valid Unicode at character {error.start}") from error
    return texts


def _text_name(number: int, texts: Sequence[str]) -> str:
    return "the text to explain" if len(texts) == 1 else f"texts[{number}]"


def _label_index(label: str, labels: Sequence[str]) -> int:
    if label in labels:
        return labels.index(label)
    raise JobError(f"the model has no label {label!r}; {did_you_mean(label, labels)}")


def _encode_texts(tokenizer: Tokenizer, texts: Sequence[str]) -> EncodedShard:
    count = len(texts)
    numbers = [str(number) for number in range(count)]
    columns = {"id": numbers, "text": texts, "labels": [None] * count, "place": numbers}
    shard = encode(
        ShardDocuments(pa.table(columns, schema=DOCUMENTS_SCHEMA), REJECTS_SCHEMA.empty_table()), tokenizer, context=0
    )
    for number in shard.rejects["id"].to_pylist():
        raise CamlodeError(f"nothing of {_text_name(int(number), texts)} is a token that the model knows")
    return shard


def build_label_explanations(
    job: Job, names: Sequence[str], texts: Sequence[str], tokens: Tokens, importances: Importances
) -> list[list[LabelExplanation]]:
    """Build each text's labels with tokens and fragments, in the order of the pairs; `names` are the model's labels."""
    fragments = _find_fragments(job, texts, tokens, importances)
    explanations: list[list[LabelExplanation]] = [[] for _ in texts]
    for pair, document in enumerate(importances.documents.tolist()):
        explanations[document].append(
            LabelExplanation(
                label=names[importances.labels[pair]],
                score=float(importances.probabilities[pair]),
                tokens=_token_importances(texts[document], tokens, importances, pair),
                fragments=tuple(fragments[pair]),
                residual=None if np.isnan(importances.residuals[pair]) else float(importances.residuals[pair]),
            )
        )
    return explanations


def _token_importances(text: str, tokens: Tokens, importances: Importances, pair: int) -> tuple[TokenImportance, ...]:
    values = importances.values[importances.offsets[pair] : importances.offsets[pair + 1]] * IMPORTANCE_UNIT
    document = importances.documents[pair]
    document_slice = slice(tokens.offsets[document], tokens.offsets[document + 1])
    rows = zip(
        tokens.starts[document_slice].tolist(), tokens.ends[document_slice].tolist(), values.tolist(), strict=True
    )
    return tuple(TokenImportance(text[start:end], start, end, value) for start, end, value in rows)


def _find_fragments(
    job: Job, texts: Sequence[str], tokens: Tokens, importances: Importances
) -> list[list[TokenImportance]]:
    """Find each pair's fragments, the most important first; ties from left to right."""
    joined = JoinedText(texts)
    shift = np.repeat(joined.bounds[:-1], np.diff(tokens.offsets))
    starts, ends = tokens.starts + shift, tokens.ends + shift
    segment = load_segmenter(dictionary=job.tokenizer.dictionary, hmm=job.tokenizer.hmm)
    units = find_units(joined, starts, ends, unit=job.fragments.unit, segment=segment)
    options = job.fragments
    spans = choose_spans(importances, units, starts, tokens.offsets, max_units=options.max_units, share=options.share)
    fragments: list[list[TokenImportance]] = [[] for _ in importances.documents]
    for row in np.lexsort((spans.starts, -spans.importances)):
        document = importances.documents[spans.pairs[row]]
        start, end = (int(position - joined.bounds[document]) for position in (spans.starts[row], spans.ends[row]))
        importance = float(spans.importances[row] * IMPORTANCE_UNIT)
        fragments[spans.pairs[row]].append(TokenImportance(texts[document][start:end], start, end, importance))
    return fragments
