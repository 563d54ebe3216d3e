"""Attribution of whole shards: tokens in, each token's importance for each predicted label out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from camlode.config.attribution import Attribution
from camlode.pipeline.attribution.batch_explainer import merge_importances, to_importances
from camlode.pipeline.attribution.batch_size import BatchSize
from camlode.pipeline.attribution.batches import Batcher
from camlode.pipeline.attribution.engine import SAMPLE_LENGTH, Engine
from camlode.pipeline.attribution.padding import Padding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.arrays import Float32Array
    from camlode.pipeline.attribution.batches import PaddedBatch
    from camlode.pipeline.attribution.decision import Decision
    from camlode.pipeline.attribution.forward import TargetLayers
    from camlode.pipeline.attribution.methods.base import Method
    from camlode.pipeline.attribution.trimming import Trim
    from camlode.pipeline.models.classifier import TextClassifier
    from camlode.pipeline.records import Importances, Tokens


class Attributor:
    """Explains batches of documents by one method, which is compiled once.

    `target_layers`: the layers that the method explains. `embedding`: the layers that give the tokens' vectors, for a
    method that needs them too. `length`: the tokens that a text is padded to. `largest_id`: the largest id of the
    vocabulary. `batches`: how many batches the last call of `attribute` ran, including those that ran out of memory.
    """

    def __init__(
        self,
        classifier: TextClassifier,
        target_layers: TargetLayers,
        decision: Decision,
        *,
        length: int,
        embedding: TargetLayers | None = None,
        padding: Padding = Padding(0, before=False),  # noqa: B008 (immutable)
        settings: Attribution = Attribution(),  # noqa: B008 (immutable)
        batch_size: int = 256,
        largest_id: int = 1,
    ) -> None:
        self._decision = decision
        self._largest_id = largest_id
        self._batch_size = BatchSize(batch_size)
        self._batcher = Batcher(classifier, padding, length, batch_size)
        self._engine = Engine(target_layers, embedding, decision, settings, self._batcher, largest_id)
        self.batches = 0

    @property
    def target_layers(self) -> TargetLayers:
        """The target layers."""
        return self._engine.target_layers

    @property
    def method(self) -> Method:
        """The method, with its settings."""
        return self._engine.method

    @property
    def activation(self) -> str:
        """The model's last activation: "softmax", "sigmoid", or "linear" for any other."""
        return self._engine.activation

    @property
    def trim(self) -> Trim:
        """Whether batches are trimmed below the length of the model's input, and why."""
        return self._engine.trim

    @property
    def batch_size(self) -> int:
        """Documents in a batch; fewer than asked for once the device ran out of memory."""
        return self._batch_size.current

    def warm_up(self) -> None:
        """Explain one batch of documents of full length, so that what is slow only the first time is done.

        When the device runs out of memory, the batch size is halved until a batch fits. Raises DeviceMemoryError.
        """
        self._batch_size.run_halving(self._explain_full_batch, max_halvings=self.batch_size.bit_length())

    def attribute(
        self, tokens: Tokens, texts: Sequence[str] | None = None, *, requested_labels: Sequence[int] = ()
    ) -> Importances:
        """Importance of each token for each label that the model predicts for its document.

        `texts`: the documents' texts, needed by a model that takes strings. `requested_labels`: numbers of labels to
        explain instead of the predicted ones. When the device runs out of memory, the whole call starts again with
        half the batch size, which later calls keep. Raises DeviceMemoryError.
        """
        self.batches = 0

        # The retry starts at the first batch, so that the result is bit for bit that of a run with this size.
        def explain_batches() -> list[Importances]:
            return [
                self._explain_batch(batch, requested_labels)
                for batch in self._current_batcher.batches(tokens, texts, self.trim)
            ]

        return merge_importances(self._batch_size.run_halving(explain_batches))

    def probabilities(self, tokens: Tokens, texts: Sequence[str] | None = None) -> Float32Array:
        """Probabilities [documents, labels], also of documents without any token.

        Out of memory is handled as by `attribute`.
        """
        probabilities = np.zeros((len(tokens.offsets) - 1, self._decision.size), np.float32)

        def predict() -> None:
            for batch in self._current_batcher.batches(tokens, texts):
                _, probabilities[batch.members] = self._engine.predict(batch.inputs)

        self._batch_size.run_halving(predict)
        return probabilities

    @property
    def _current_batcher(self) -> Batcher:
        return self._batcher._replace(batch_size=self.batch_size)

    def _explain_batch(self, batch: PaddedBatch, requested_labels: Sequence[int]) -> Importances:
        explanation = self._engine.explain(batch, requested_labels)
        self.batches += 1
        return to_importances(explanation, batch)

    def _explain_full_batch(self) -> None:
        length = self._batcher.full_length or SAMPLE_LENGTH
        self._engine.explain(self._batcher.draw_samples(length, length, self._largest_id, count=self.batch_size), ())
