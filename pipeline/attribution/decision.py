"""Decision: from a model's output to logits, probabilities and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor


@dataclass(frozen=True, slots=True)
class Decision:
    """Rule for predicting labels: a document's largest label ("multiclass"), or each label by itself ("multilabel").

    With either, a label is predicted only if its probability reaches its threshold; `thresholds` is [labels].
    """

    task: Literal["multiclass", "multilabel"]
    thresholds: tuple[float, ...]

    @property
    def size(self) -> int:
        """Number of labels."""
        return len(self.thresholds)


def to_label_logits(logits: Tensor, size: int) -> Tensor:
    """Logits [documents, labels] for `size` labels.

    A model with a single output z for two labels has the logits −z and z.
    """
    from keras import ops

    if size == 2 and logits.shape[1] == 1:
        return ops.concatenate([-logits, logits], axis=1)
    return logits


def to_label_probabilities(output: Tensor, activation: str, decision: Decision) -> Tensor:
    """Probabilities [documents, labels]: the model's output, or the task's activation of an output that is logits.

    `activation`: the model's last activation, "softmax", "sigmoid" or "linear".
    """
    from keras import ops

    if activation == "linear":
        is_independent = decision.task == "multilabel" or output.shape[1] == 1
        output = ops.sigmoid(output) if is_independent else ops.softmax(output, axis=1)
    if decision.size == 2 and output.shape[1] == 1:
        return ops.concatenate([1.0 - output, output], axis=1)
    return output


def rank_labels(
    logits: Tensor, probabilities: Tensor, decision: Decision, requested_labels: Tensor
) -> tuple[Tensor, Tensor]:
    """Label numbers [labels, documents] by descending logit, −1 after a document's last; and the largest label count.

    `requested_labels`, booleans [labels]: the labels to rank instead of the predicted ones, if any is true.
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
