"""Attribution of whole shards: batches in, each token's importance for each predicted label out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from config.errors import ModelError
from pipeline.attribution.checks import check_activation, check_outputs
from pipeline.attribution.grad_cam import METHODS, Method
from pipeline.attribution.layers import ExplainedLayers
from pipeline.attribution.unpacking import NOTHING, importances_of, joined
from pipeline.models.failures import one_line
from pipeline.models.keras_classifier import NO_LENGTH_LIMIT, KerasClassifier, padded_ids
from pipeline.models.tensorflow_explainer import CompiledExplainer, compile_explainer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.attribution.decision import Decision
    from pipeline.records import Importances, Tokens


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
        return joined([NOTHING, *batches])

    def _attribute_batch(
        self, tokens: Tokens, texts: Sequence[str] | None, first: int, stop: int, wanted: Any
    ) -> Importances:
        sizes = np.diff(tokens.offsets[first : stop + 1])
        length = int(sizes.max()) if self._length == NO_LENGTH_LIMIT else self._length
        places = np.arange(length)
        real = places >= length - sizes[:, None] if self._padding.before else places < sizes[:, None]
        inputs = self._inputs(tokens, texts, first, stop, real)
        answer = self._explain(inputs, real, self.explained.covers(length), wanted)
        return importances_of(answer, real, first)

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
