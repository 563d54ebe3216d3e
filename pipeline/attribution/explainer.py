"""A batch in, its answer out: the model's run, the method's maps, and their alignment with the tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.attribution.decision import Decision, rank_labels, to_label_logits, to_label_probabilities
from pipeline.attribution.forward import Batch, ForwardPass
from pipeline.attribution.methods.cam import pool_weights_of_both_signs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config import Attribution
    from pipeline.attribution.explained import TargetLayers
    from pipeline.attribution.methods.base import Method
    from pipeline.models.backends.protocol import Backend


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
