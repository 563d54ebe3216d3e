"""How a model's answers become labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Decision:
    """A document is given its largest label ("multiclass") or each label by itself ("multilabel").

    Either way a label counts only where its probability reaches its threshold; `thresholds` is [labels].
    """

    task: Literal["multiclass", "multilabel"]
    thresholds: tuple[float, ...]

    @property
    def size(self) -> int:
        """How many labels there are."""
        return len(self.thresholds)


def to_label_logits(logits: Any, size: int) -> Any:
    """A logit a label: a model with a single output z says two labels, the first with −z and the second with z."""
    from keras import ops

    if size == 2 and logits.shape[1] == 1:
        return ops.concatenate([-logits, logits], axis=1)
    return logits


def to_label_probabilities(output: Any, activation: str, decision: Decision) -> Any:
    """Probabilities [documents, labels]: the model's own answer, or what the task makes of one that is logits.

    `activation` is what the model does last: "softmax", "sigmoid" or "linear".
    """
    from keras import ops

    if activation == "linear":
        is_independent = decision.task == "multilabel" or output.shape[1] == 1
        output = ops.sigmoid(output) if is_independent else ops.softmax(output, axis=1)
    if decision.size == 2 and output.shape[1] == 1:
        return ops.concatenate([1.0 - output, output], axis=1)
    return output


def rank_labels(logits: Any, probabilities: Any, decision: Decision, requested_labels: Any) -> tuple[Any, Any]:
    """Label numbers [labels, documents] by falling logit, −1 after a document's last; and the most that any has.

    `requested_labels` [labels], booleans: the labels to rank whatever the model predicts; none for those it predicts.
    """
    from keras import ops

    is_predicted = probabilities >= ops.convert_to_tensor(decision.thresholds, dtype=probabilities.dtype)
    if decision.task == "multiclass":
        largest = ops.one_hot(ops.argmax(logits, axis=1), decision.size, dtype="bool")
        is_predicted = ops.logical_and(is_predicted, largest)
    selected = ops.where(
        ops.any(requested_labels), ops.broadcast_to(requested_labels, ops.shape(is_predicted)), is_predicted
    )
    order = ops.argsort(ops.where(selected, -logits, float("inf")), axis=1)
    counts = ops.sum(ops.cast(selected, "int32"), axis=1, keepdims=True)
    labels = ops.where(ops.arange(decision.size) < counts, ops.cast(order, "int32"), -1)
    return ops.transpose(labels), ops.max(counts)
