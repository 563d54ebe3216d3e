"""A batch in, its answer out: the model's run, the method's maps, and their alignment with the tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.attribution.decision import Decision, label_logits, label_probabilities, labels_by_rank
from pipeline.attribution.forward import Batch, ForwardPass
from pipeline.attribution.methods.cam import weights_either_way

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config import Attribution
    from pipeline.attribution.explained import Explained
    from pipeline.attribution.methods.base import Method
    from pipeline.models.backends.protocol import Backend


class Answer(NamedTuple):
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
        points: Explained,
        embedding: Explained | None,
        decision: Decision,
        settings: Attribution,
        lengths: Sequence[int | None],
    ) -> None:
        self.activation = "linear"
        self._backend = backend
        self._method = method
        self._points = points
        self._embedding = embedding
        self._decision = decision
        self._settings = settings
        self._lengths = lengths

    def decide(self, *inputs: Any) -> tuple[Any, Any]:
        """Logits and probabilities [documents, labels] of the model's inputs."""
        return self._decided(self._points.run(inputs, lambda _, value: value))

    def explain(self, *arrays: Any, ranks: int | None = None) -> Answer:
        """The answer for (inputs…, the inputs of one document of padding…, real, wanted, covers…).

        `real` [documents, tokens] says which tokens aren't padding, each of `covers` [positions, tokens] which tokens
        an explained value's positions cover; `wanted` [labels] are the labels to explain, or none for those that the
        model predicts. All three are booleans. `ranks`: how many labels a document has at most, where that is known.
        """
        from keras import ops

        batch, wanted = self._batch(arrays)
        forward = self._forward(batch)
        logits, probabilities = forward.answer
        labels, most = labels_by_rank(logits, probabilities, self._decision, wanted)
        labels = labels[: ops.maximum(most, 1) if ranks is None else ranks]
        # -1, where a document has no label of this rank, is one-hot of nothing: it explains nothing.
        directions = ops.one_hot(labels, self._decision.size, dtype="float32")
        maps, residuals = self._method.explained(forward, directions)
        spread = self._method.align(maps, forward)
        return Answer(logits, probabilities, labels, spread.scores, spread.padding, residuals)

    def pooled_weights(self, *arrays: Any) -> list[Any]:
        """Each label's gradient, summed over positions: for each value [labels, documents, channels].

        Twice as many documents: those of the batch, and once more with their explained values negated.
        """
        from keras import ops

        batch, _ = self._batch(arrays)
        forward = self._forward(batch)
        size, documents = self._decision.size, ops.shape(forward.target)[0]
        directions = ops.broadcast_to(ops.eye(size)[:, None, :], (size, documents, size))
        return forward.per_rank(lambda towards: weights_either_way(forward, towards), directions)

    def _forward(self, batch: Batch) -> ForwardPass:
        target = self._method.explained_target
        return ForwardPass(self._backend, self._points, self._embedding, self._decided, batch, self._settings, target)

    def _batch(self, arrays: Sequence[Any]) -> tuple[Batch, Any]:
        from keras import ops

        covers = len(self._lengths)
        count = (len(arrays) - 2 - covers) // 2
        real, wanted = arrays[2 * count], arrays[2 * count + 1]
        floats = [ops.cast(cover, "float32") for cover in arrays[2 * count + 2 :]]
        batch = Batch(arrays[:count], arrays[count : 2 * count], ops.cast(real, "float32"), floats, self._lengths)
        return batch, wanted

    def _decided(self, output: Any) -> tuple[Any, Any]:
        from keras import ops

        raw, self.activation = self._backend.logits_behind(output)
        logits = label_logits(ops.cast(raw, "float32"), self._decision.size)
        return logits, label_probabilities(ops.cast(output, "float32"), self.activation, self._decision)
