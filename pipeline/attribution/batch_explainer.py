"""Explanation of one batch: the model's run, the method's maps, their alignment with tokens; then to importances."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from camlode.pipeline.arrays import offsets_from_sizes, ragged_index
from camlode.pipeline.attribution.decision import Decision, rank_labels, to_label_logits, to_label_probabilities
from camlode.pipeline.attribution.forward import Batch, ForwardPass
from camlode.pipeline.attribution.methods.cam import pool_weights_of_both_signs
from camlode.pipeline.importance_unit import to_importance_units
from camlode.pipeline.records import Importances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config import Attribution
    from camlode.pipeline.arrays import AnyArray, Tensor
    from camlode.pipeline.attribution.batches import PaddedBatch
    from camlode.pipeline.attribution.forward import TargetLayers
    from camlode.pipeline.attribution.methods.base import Method
    from camlode.pipeline.models.backends.protocol import Backend


class BatchExplanation(NamedTuple):
    """Explanation of a batch; `max_labels` is the largest number of labels of any of its documents, at least 1.

    logits and probabilities [documents, labels]; labels [max_labels, documents], -1 after a document's last; scores
    [max_labels, documents, tokens]; padding [max_labels, documents], the score that fell on padding; residuals
    [max_labels, documents], NaN for a method without an expected sum.
    """

    logits: Tensor
    probabilities: Tensor
    labels: Tensor
    scores: Tensor
    padding: Tensor
    residuals: Tensor


class BatchExplainer:
    """Explains batches by one method; all its public methods can be compiled."""

    def __init__(
        self,
        backend: Backend,
        method: Method,
        target_layers: TargetLayers,
        embedding: TargetLayers | None,
        decision: Decision,
        settings: Attribution,
        lengths: Sequence[int | None],
    ) -> None:
        self.activation = "linear"
        self._backend = backend
        self._method = method
        self._target_layers = target_layers
        self._embedding = embedding
        self._decision = decision
        self._settings = settings
        self._lengths = lengths

    def predict(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and probabilities [documents, labels] of the model's inputs."""
        return self._to_predictions(self._target_layers.run(inputs, lambda _, value: value))

    def explain(self, *arrays: Tensor, max_labels: int | None = None) -> BatchExplanation:
        """Explanation for the arrays inputs…, padding inputs…, mask, requested labels, receptive fields…

        The padding inputs are those of a document of padding alone. The others are booleans: the mask [documents,
        tokens], true where a token isn't padding; requested labels [labels], the labels to explain, or all false for
        those that the model predicts; for each target layer receptive fields [positions, tokens], true where the token
        is in the position's receptive field. `max_labels`: the largest number of labels of a document, if
        that is known.
        """
        from keras import ops

        batch, requested_labels = self._unpack_batch(arrays)
        forward = self._make_forward_pass(batch)
        logits, probabilities = forward.predictions
        labels, largest_count = rank_labels(logits, probabilities, self._decision, requested_labels)
        labels = labels[: ops.maximum(largest_count, 1) if max_labels is None else max_labels]
        # The one-hot vector of -1, where a document has no label of this rank, is zeros: its scores are zeros too.
        cotangents = ops.one_hot(labels, self._decision.size, dtype="float32")
        maps, residuals = self._method.explain(forward, cotangents)
        token_scores = self._method.align(maps, forward)
        return BatchExplanation(logits, probabilities, labels, token_scores.scores, token_scores.padding, residuals)

    def pool_weights(self, *arrays: Tensor) -> list[Tensor]:
        """Each label's gradient, summed over positions: for each target layer [labels, documents, channels].

        There are twice the batch's documents: the second half with the target layers' outputs negated.
        """
        from keras import ops

        batch, _ = self._unpack_batch(arrays)
        forward = self._make_forward_pass(batch)
        size, documents = self._decision.size, ops.shape(forward.target)[0]
        cotangents = ops.broadcast_to(ops.eye(size)[:, None, :], (size, documents, size))
        return forward.per_label(lambda cotangent: pool_weights_of_both_signs(forward, cotangent), cotangents)

    def _make_forward_pass(self, batch: Batch) -> ForwardPass:
        target = self._method.effective_target
        return ForwardPass(
            self._backend, self._target_layers, self._embedding, self._to_predictions, batch, self._settings, target
        )

    def _unpack_batch(self, arrays: Sequence[Tensor]) -> tuple[Batch, Tensor]:
        from keras import ops

        layer_count = len(self._lengths)
        count = (len(arrays) - 2 - layer_count) // 2
        mask, requested_labels = arrays[2 * count], arrays[2 * count + 1]
        floats = [ops.cast(receptive_field, "float32") for receptive_field in arrays[2 * count + 2 :]]
        batch = Batch(arrays[:count], arrays[count : 2 * count], ops.cast(mask, "float32"), floats, self._lengths)
        return batch, requested_labels

    def _to_predictions(self, output: Tensor) -> tuple[Tensor, Tensor]:
        from keras import ops

        # A gradient through a sigmoid vanishes when the model is sure, and one through a softmax mixes all labels: by
        # default, methods explain the logits. In float32, since fewer bits would round their differences away.
        raw, self.activation = self._backend.find_logits(output)
        logits = to_label_logits(ops.cast(raw, "float32"), self._decision.size)
        return logits, to_label_probabilities(ops.cast(output, "float32"), self.activation, self._decision)


def to_importances(explanation: BatchExplanation, batch: PaddedBatch) -> Importances:
    """Convert one batch's explanation to `Importances`; documents with a value that isn't finite go to `invalid`."""
    labels = explanation.labels.T
    scores = explanation.scores.transpose(1, 0, 2)
    padding = explanation.padding.T
    finite = np.isfinite(explanation.logits).all(axis=1) & np.isfinite(scores).all(axis=(1, 2))
    finite &= np.isfinite(padding).all(axis=1)
    pairs = (labels >= 0) & finite[:, None]
    documents, ranks = np.nonzero(pairs)
    sizes = batch.mask.sum(axis=1)[documents]
    return Importances(
        documents=batch.members[documents].astype(np.int32),
        labels=labels[pairs],
        probabilities=explanation.probabilities[documents, labels[documents, ranks]],
        values=to_importance_units(scores[pairs][batch.mask[documents]]),
        offsets=offsets_from_sizes(sizes),
        padding=to_importance_units(padding[pairs]),
        residuals=explanation.residuals.T[pairs],
        invalid=batch.members[~finite].astype(np.int32),
    )


EMPTY_IMPORTANCES = Importances(
    documents=np.zeros(0, np.int32),
    labels=np.zeros(0, np.int32),
    probabilities=np.zeros(0, np.float32),
    values=np.zeros(0, np.int64),
    offsets=np.zeros(1, np.int64),
    padding=np.zeros(0, np.int64),
    residuals=np.zeros(0, np.float32),
    invalid=np.zeros(0, np.int32),
)


def merge_importances(parts: Sequence[Importances]) -> Importances:
    """Merge the importances of several batches, sorted by document."""
    parts = [EMPTY_IMPORTANCES, *parts]

    def join(name: str) -> AnyArray:
        return np.concatenate([getattr(part, name) for part in parts])

    documents = join("documents")
    offsets = offsets_from_sizes(np.concatenate([np.diff(part.offsets) for part in parts]))
    order = np.argsort(documents, kind="stable")
    return Importances(
        documents=documents[order],
        labels=join("labels")[order],
        probabilities=join("probabilities")[order],
        values=join("values")[ragged_index(offsets, order)],
        offsets=offsets_from_sizes(np.diff(offsets)[order]),
        padding=join("padding")[order],
        residuals=join("residuals")[order],
        invalid=np.sort(join("invalid")),
    )
