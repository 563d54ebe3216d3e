"""Explaining texts in this process and without Ray: what each token said for each label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from config.errors import CamlodeError, JobError
from config.names import did_you_mean
from pipeline.explanation import Explanation
from pipeline.explanation_making import build_label_explanations
from pipeline.records import DOCUMENTS_SCHEMA, REJECTS_SCHEMA, ShardDocuments
from pipeline.stages.encode import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import keras

    from config import Job
    from pipeline.records import Tokens
    from pipeline.tokenizers import Tokenizer


def explain(
    job: Job, texts: Iterable[str], *, labels: Sequence[str] = (), model: keras.Model | None = None
) -> list[Explanation]:
    """Explains `texts` as the job would: the labels that the model predicts, or the `labels` named.

    One Explanation a text, in their order. `model` stands for the file of `model.path` where it is in memory. Raises a
    CamlodeError for a text that can't be explained (empty, without a token that the model knows), naming it, or a label
    that the model hasn't.
    """
    texts = _check_texts(texts)
    return TextExplainer(job, model).explain(texts, labels=labels)


class TextExplainer:
    """A job's model, loaded once and asked as often as is wanted, by one thread at a time.

    Raises:
        CamlodeError: the model, its labels or its tokenizer can't be loaded or don't fit each other.
    """

    def __init__(self, job: Job, model: keras.Model | None = None) -> None:
        from pipeline.models.runtime import start_backend

        start_backend(job.model.backend, seed=job.run.seed)
        from pipeline.stages.attribute import open_explainer

        self._job = job
        self._explainer = open_explainer(job, model)

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels of the model, in its order."""
        return tuple(self._explainer.model_info.labels)

    def explain(self, texts: Iterable[str], *, labels: Sequence[str] = ()) -> list[Explanation]:
        """Explains `texts`, and raises, as the function `explain` does."""
        texts, job, explainer = _check_texts(texts), self._job, self._explainer
        requested_labels = [_label_index(label, explainer.model_info.labels) for label in labels]
        tokens = _encode_texts(explainer.tokenizer, texts)
        importances = explainer.attributor.attribute(tokens, texts, requested_labels=requested_labels)
        for number in importances.invalid.tolist():
            raise CamlodeError(f"the model answers {_text_name(number, texts)} with something that is not a number")
        found = build_label_explanations(job, explainer.model_info.labels, texts, tokens, importances)
        return [
            Explanation(text, tuple(each), method=job.attribution.method, unit=explainer.model_info.unit)
            for text, each in zip(texts, found, strict=True)
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


def _encode_texts(tokenizer: Tokenizer, texts: Sequence[str]) -> Tokens:
    count = len(texts)
    numbers = [str(number) for number in range(count)]
    columns = {"id": numbers, "text": texts, "labels": [None] * count, "place": numbers}
    shard = encode(
        ShardDocuments(pa.table(columns, schema=DOCUMENTS_SCHEMA), REJECTS_SCHEMA.empty_table()), tokenizer, context=0
    )
    for number in shard.rejects["id"].to_pylist():
        raise CamlodeError(f"nothing of {_text_name(int(number), texts)} is a token that the model knows")
    return shard.tokens
