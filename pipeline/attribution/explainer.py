"""A batch in, its answer out: the model's run, the method's maps, and their alignment with the tokens."""
# MERGED: From a batch's answer to the importances of its documents' tokens.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from camlode.pipeline.arrays import offsets_from_sizes, ragged_index
from camlode.pipeline.attribution.decision import Decision, rank_labels, to_label_logits, to_label_probabilities
from camlode.pipeline.attribution.forward import Batch, ForwardPass
from camlode.pipeline.attribution.methods.cam import pool_weights_of_both_signs
from camlode.pipeline.records import IMPORTANCE_UNIT, Importances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config import Attribution
    from camlode.pipeline.attribution.batches import PaddedBatch
    from camlode.pipeline.attribution.forward import TargetLayers
    from camlode.pipeline.attribution.methods.base import Method
    from camlode.pipeline.models.backends.protocol import Backend


class BatchExplanation(NamedTuple):
    """What an explanation gives for a batch: `ranks` is the largest number of labels of any document, at least 1.

    logits and probabilities [documents, labels]; labels [ranks, documents], -1 where there is none; scores [ranks,
    documents, tokens]; padding [ranks, documents]; residuals [ranks, documents], NaN where the method promises no sum.
    """

    logits: Any
    probabilities: Any
    labels: Any
    scores: Any
    padding: Any
    residuals: Any


class BatchExplainer:
    """Explains batches by one method; everything here can be compiled."""

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

    def predict(self, *inputs: Any) -> tuple[Any, Any]:
        """Logits and probabilities [documents, labels] of the model's inputs."""
        return self._to_predictions(self._target_layers.run(inputs, lambda _, value: value))

    def explain(self, *arrays: Any, ranks: int | None = None) -> BatchExplanation:
        """The answer for (inputs…, the inputs of one document of padding…, real, wanted, covers…).

        `mask` [documents, tokens] says which tokens aren't padding, each of `receptive_fields` [positions, tokens] which tokens
        an explained value's positions cover; `requested_labels` [labels] are the labels to explain, or none for those that the
        model predicts. All three are booleans. `ranks`: how many labels a document has at most, where that is known.
        """
        from keras import ops

        batch, requested_labels = self._unpack_batch(arrays)
        forward = self._make_forward_pass(batch)
        logits, probabilities = forward.predictions
        labels, most = rank_labels(logits, probabilities, self._decision, requested_labels)
        labels = labels[: ops.maximum(most, 1) if ranks is None else ranks]
        # -1, where a document has no label of this rank, is one-hot of nothing: it explains nothing.
        cotangents = ops.one_hot(labels, self._decision.size, dtype="float32")
        maps, residuals = self._method.explain(forward, cotangents)
        token_scores = self._method.align(maps, forward)
        return BatchExplanation(logits, probabilities, labels, token_scores.scores, token_scores.padding, residuals)

    def pool_weights(self, *arrays: Any) -> list[Any]:
        """Each label's gradient, summed over positions: for each value [labels, documents, channels].

        Twice as many documents: those of the batch, and once more with their explained values negated.
        """
        from keras import ops

        batch, _ = self._unpack_batch(arrays)
        forward = self._make_forward_pass(batch)
        size, documents = self._decision.size, ops.shape(forward.target)[0]
        cotangents = ops.broadcast_to(ops.eye(size)[:, None, :], (size, documents, size))
        return forward.per_rank(lambda cotangent: pool_weights_of_both_signs(forward, cotangent), cotangents)

    def _make_forward_pass(self, batch: Batch) -> ForwardPass:
        target = self._method.effective_target
        return ForwardPass(
            self._backend, self._target_layers, self._embedding, self._to_predictions, batch, self._settings, target
        )

    def _unpack_batch(self, arrays: Sequence[Any]) -> tuple[Batch, Any]:
        from keras import ops

        layer_count = len(self._lengths)
        count = (len(arrays) - 2 - layer_count) // 2
        mask, requested_labels = arrays[2 * count], arrays[2 * count + 1]
        floats = [ops.cast(receptive_field, "float32") for receptive_field in arrays[2 * count + 2 :]]
        batch = Batch(arrays[:count], arrays[count : 2 * count], ops.cast(mask, "float32"), floats, self._lengths)
        return batch, requested_labels

    def _to_predictions(self, output: Any) -> tuple[Any, Any]:
        from keras import ops

        raw, self.activation = self._backend.find_logits(output)
        logits = to_label_logits(ops.cast(raw, "float32"), self._decision.size)
        return logits, to_label_probabilities(ops.cast(output, "float32"), self.activation, self._decision)


def to_importances(explanation: BatchExplanation, batch: PaddedBatch) -> Importances:
    """Takes a batch's answer apart."""
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
        values=to_units(scores[pairs][batch.mask[documents]]),
        offsets=offsets_from_sizes(sizes),
        padding=to_units(padding[pairs]),
        residuals=explanation.residuals.T[pairs],
        invalid=batch.members[~finite].astype(np.int32),
    )


def to_units(logits: Any) -> Any:
    """Logits as whole numbers of IMPORTANCE_UNIT, which add up to the same sum in any order."""
    return np.rint(np.asarray(logits, dtype=np.float64) / IMPORTANCE_UNIT).astype(np.int64)


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
    """The importances of several batches, by document."""
    joined = _concatenate([EMPTY_IMPORTANCES, *parts])
    order = np.argsort(joined.documents, kind="stable")
    sizes = np.diff(joined.offsets)[order]
    return Importances(
        documents=joined.documents[order],
        labels=joined.labels[order],
        probabilities=joined.probabilities[order],
        values=joined.values[ragged_index(joined.offsets, order)],
        offsets=offsets_from_sizes(sizes),
        padding=joined.padding[order],
        residuals=joined.residuals[order],
        invalid=np.sort(joined.invalid),
    )


def _concatenate(parts: Sequence[Importances]) -> Importances:
    """The importances of several batches, one after the other."""
    sizes = [np.diff(part.offsets) for part in parts]
    return Importances(
        documents=np.concatenate([part.documents for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        probabilities=np.concatenate([part.probabilities for part in parts]),
        values=np.concatenate([part.values for part in parts]),
        offsets=offsets_from_sizes(np.concatenate(sizes)),
        padding=np.concatenate([part.padding for part in parts]),
        residuals=np.concatenate([part.residuals for part in parts]),
        invalid=np.concatenate([part.invalid for part in parts]),
    )
