"""Attribution of whole shards: batches in, each token's importance for each predicted label out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from config.errors import ModelError
from pipeline.attribution.grad_cam import METHODS, Method
from pipeline.attribution.layers import ExplainedLayers
from pipeline.models.failures import one_line
from pipeline.models.keras_classifier import NO_LENGTH_LIMIT, KerasClassifier, padded_ids
from pipeline.models.tensorflow_explainer import Answer, CompiledExplainer, compile_explainer
from pipeline.records import IMPORTANCE_UNIT, Importances, Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.attribution.decision import Decision


_SAMPLE_LENGTH = 64
"""How many tokens a model without a length is tried on; more than any kernel has."""


class Padding(NamedTuple):
    """How texts shorter than the model's input are filled: with which id, in front or behind."""

    id: int
    before: bool


class Attributor:
    """Explains batches of documents by one method; the graph is compiled once."""

    def __init__(
        self,
        classifier: KerasClassifier,
        decision: Decision,
        *,
        length: int,
        padding: Padding = Padding(0, before=False),  # noqa: B008 (immutable)
        layers: str | Sequence[str] = "auto",
        method: str = "grad-cam",
        batch_size: int = 256,
    ) -> None:
        self._classifier = classifier
        self._decision = decision
        self._length = length
        self._padding = padding
        self._batch_size = batch_size
        tokens = _SAMPLE_LENGTH if length == NO_LENGTH_LIMIT else length
        answer = classifier.answer(tokens)
        check_outputs(answer, decision.size)
        self.explained = ExplainedLayers(classifier, layers, tokens=tokens)
        self._explain, self.activation = self._compiled(METHODS[method])
        check_activation(answer, self.activation)

    def _compiled(self, method: Method) -> CompiledExplainer:
        model, explained = self._classifier.model, self.explained
        try:
            return compile_explainer(
                model, explained.layers, explained.chosen, method, self._decision, inputs=self._input_spec()
            )
        except Exception as error:  # Whatever the model's own code raises, where it runs only uncompiled.
            raise ModelError(f"the model can be run, but not compiled: {one_line(error)}") from error

    def attribute(
        self, tokens: Tokens, texts: Sequence[str] | None = None, *, wanted: Sequence[int] = ()
    ) -> Importances:
        """What each token contributed to each label that the model gives its document.

        `texts` are needed by a model that takes strings; `wanted` are the numbers of the labels to explain
        whatever the model predicts.
        """
        count = len(tokens.offsets) - 1
        flags = np.isin(np.arange(self._decision.size), wanted)
        batches = [
            self._attribute_batch(tokens, texts, first, min(first + self._batch_size, count), flags)
            for first in range(0, count, self._batch_size)
        ]
        return _joined([_NOTHING, *batches])

    def _attribute_batch(
        self, tokens: Tokens, texts: Sequence[str] | None, first: int, stop: int, wanted: Any
    ) -> Importances:
        sizes = np.diff(tokens.offsets[first : stop + 1])
        length = int(sizes.max()) if self._length == NO_LENGTH_LIMIT else self._length
        places = np.arange(length)
        real = places >= length - sizes[:, None] if self._padding.before else places < sizes[:, None]
        inputs = self._inputs(tokens, texts, first, stop, real)
        answer = self._explain(inputs, real, self.explained.covers(length), wanted)
        return _importances(answer, real, first)

    def _inputs(self, tokens: Tokens, texts: Sequence[str] | None, first: int, stop: int, real: Any) -> Any:
        if self._classifier.takes_text:
            import tensorflow

            return tensorflow.constant([[text] for text in (texts or [])[first:stop]])
        ids = tokens.ids[tokens.offsets[first] : tokens.offsets[stop]]
        return padded_ids(ids, real, padding_id=self._padding.id)

    def _input_spec(self) -> Any:
        import tensorflow

        if self._classifier.takes_text:
            return tensorflow.TensorSpec((None, 1), tensorflow.string)
        return tensorflow.TensorSpec((None, self._length), tensorflow.int32)


def check_outputs(answer: Any, labels: int) -> None:
    """A ModelError unless a model's `answer` is one tensor (documents, scores) with a score for each of `labels`."""
    if not hasattr(answer, "shape"):
        outputs = f"{len(answer)} outputs" if isinstance(answer, list | tuple | dict) else f"a {type(answer).__name__}"
        raise ModelError(f"the model gives {outputs}; expected one output: a vector of scores a document")
    shape = tuple(answer.shape)
    if len(shape) != 2:
        raise ModelError(
            f"the model's output has the shape {('documents', *shape[1:])}; expected (documents, labels): a vector of "
            "scores a document"
        )
    if shape[1] != labels and (shape[1], labels) != (1, 2):
        raise ModelError(
            f"model.labels has {labels} labels, but the model has {shape[1]} outputs; give one label for each output"
        )


def check_activation(answer: Any, activation: str) -> None:
    """A ModelError where the last step was not recognised and the answer is still probabilities, not logits."""
    scores = np.asarray(answer, dtype=np.float64)
    if activation == "linear" and scores.shape[1] > 1 and (scores >= 0).all() and np.allclose(scores.sum(axis=1), 1):
        raise ModelError(
            "the model's scores add up to 1, but it does not end in a softmax that could be looked behind; "
            "end it with keras.layers.Softmax, or with the logits themselves"
        )


def _importances(answer: Answer, real: Any, first: int) -> Importances:
    """Takes a batch's answer apart; `real` [documents, tokens] says which tokens aren't padding."""
    labels = answer.labels.numpy().T
    scores = answer.scores.numpy().transpose(1, 0, 2)
    padding = answer.padding.numpy().T
    finite = np.isfinite(answer.logits.numpy()).all(axis=1) & np.isfinite(scores).all(axis=(1, 2))
    finite &= np.isfinite(padding).all(axis=1)
    pairs = (labels >= 0) & finite[:, None]
    documents, ranks = np.nonzero(pairs)
    values = scores[pairs][real[documents]]
    sizes = real.sum(axis=1)[documents]
    return Importances(
        documents=(documents + first).astype(np.int32),
        labels=labels[pairs],
        probabilities=answer.probabilities.numpy()[documents, labels[documents, ranks]],
        values=in_units(values),
        offsets=np.concatenate([[0], np.cumsum(sizes)]),
        padding=in_units(padding[pairs]),
        invalid=(np.flatnonzero(~finite) + first).astype(np.int32),
    )


def in_units(logits: Any) -> Any:
    """Logits as whole numbers of IMPORTANCE_UNIT, which add up to the same sum in any order."""
    return np.rint(np.asarray(logits, dtype=np.float64) / IMPORTANCE_UNIT).astype(np.int64)


_NOTHING = Importances(
    documents=np.zeros(0, np.int32),
    labels=np.zeros(0, np.int32),
    probabilities=np.zeros(0, np.float32),
    values=np.zeros(0, np.int64),
    offsets=np.zeros(1, np.int64),
    padding=np.zeros(0, np.int64),
    invalid=np.zeros(0, np.int32),
)


def _joined(parts: Sequence[Importances]) -> Importances:
    sizes = [np.diff(part.offsets) for part in parts]
    return Importances(
        documents=np.concatenate([part.documents for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        probabilities=np.concatenate([part.probabilities for part in parts]),
        values=np.concatenate([part.values for part in parts]),
        offsets=np.concatenate([[0], np.cumsum(np.concatenate(sizes))]),
        padding=np.concatenate([part.padding for part in parts]),
        invalid=np.concatenate([part.invalid for part in parts]),
    )
