"""Attribution of whole shards: batches in, each token's importance for each predicted label out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from camlode.config.attribution import Attribution
from camlode.pipeline.attribution.batches import Batcher, Padding
from camlode.pipeline.attribution.engine import SAMPLE_LENGTH, Engine
from camlode.pipeline.attribution.explainer import merge_importances, to_importances
from camlode.pipeline.attribution.memory import BatchSize

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from camlode.pipeline.attribution.batches import PaddedBatch
    from camlode.pipeline.attribution.decision import Decision
    from camlode.pipeline.attribution.forward import TargetLayers
    from camlode.pipeline.attribution.methods.base import Method
    from camlode.pipeline.attribution.trimming import Trim
    from camlode.pipeline.models.classifier import TextClassifier
    from camlode.pipeline.records import Importances, Tokens


class Attributor:
    """Explains batches of documents by one method, which is compiled once.

    `target_layers` is what the method makes its maps on, `embedding` what gives the tokens' vectors, where the method needs
    them beside that. `length`: the tokens that a text is padded to. `largest_id`: the vocabulary's. `batches` tells how
    many batches the last call of `attribute` ran, those that were given up included.
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
        """What the method makes its maps on."""
        return self._engine.target_layers

    @property
    def method(self) -> Method:
        """The method, with its settings."""
        return self._engine.method

    @property
    def activation(self) -> str:
        """What the model does last: "softmax", "sigmoid", or "linear" where it is neither."""
        return self._engine.activation

    @property
    def trim(self) -> Trim:
        """Whether batches are cut shorter than the model's input, and why."""
        return self._engine.trim

    @property
    def batch_size(self) -> int:
        """How many documents go through the model at once now; less than asked for where these didn't fit."""
        return self._batch_size.current

    def warm_up(self) -> None:
        """Explains one batch of documents as long as any, so that what takes long the first time is done.

        Where the device's memory doesn't suffice, the batch size is halved until it does. Raises DeviceMemoryError.
        """
        self._batch_size.run_halving(self._explain_full_batch, max_halvings=self.batch_size.bit_length())

    def attribute(
        self, tokens: Tokens, texts: Sequence[str] | None = None, *, requested_labels: Sequence[int] = ()
    ) -> Importances:
        """What each token contributed to each label that the model gives its document.

        `texts` are needed by a model that takes strings; `requested_labels` are the numbers of the labels to explain
        whatever the model predicts. Where the device's memory doesn't suffice, all is done again with half the batch
        size, which is kept: the answer is that of a run with this size from the start. Raises DeviceMemoryError.
        """
        self.batches = 0

        def explain_batches() -> list[Importances]:
            return [
                self._explain_batch(batch, requested_labels)
                for batch in self._current_batcher.batches(tokens, texts, self.trim)
            ]

        return merge_importances(self._batch_size.run_halving(explain_batches))

    def probabilities(self, tokens: Tokens, texts: Sequence[str] | None = None) -> npt.NDArray[np.float32]:
        """What the model says of each document: [documents, labels]; of documents without any token too.

        Out of memory, it does as `attribute`.
        """
        found = np.zeros((len(tokens.offsets) - 1, self._decision.size), np.float32)

        def predict() -> None:
            for batch in self._current_batcher.batches(tokens, texts):
                _, found[batch.members] = self._engine.predict(batch.inputs)

        self._batch_size.run_halving(predict)
        return found

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
