"""How logits become labels."""

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


def one_column_a_label(logits: Any, size: int) -> Any:
    """A model with a single output z says two labels: the first with −z and the second with z."""
    from keras import ops

    if size == 2 and logits.shape[1] == 1:
        return ops.concatenate([-logits, logits], axis=1)
    return logits


def probabilities_of(logits: Any, decision: Decision, *, single_output: bool) -> Any:
    """Probabilities [documents, labels]: a softmax over the labels, or a sigmoid of each.

    The two columns of a model with a single output are a sigmoid's two sides.
    """
    from keras import ops

    if decision.task == "multilabel" or single_output:
        return ops.sigmoid(logits)
    return ops.softmax(logits, axis=1)


def labels_by_rank(logits: Any, probabilities: Any, decision: Decision, wanted: Any) -> tuple[Any, Any]:
    """Label numbers [labels, documents] by falling logit, −1 after a document's last; and the most that any has.

    `wanted` [labels], booleans: the labels to rank whatever the model predicts; none for those it predicts.
    """
    from keras import ops

    given = probabilities >= ops.convert_to_tensor(decision.thresholds, dtype=probabilities.dtype)
    if decision.task == "multiclass":
        largest = ops.one_hot(ops.argmax(logits, axis=1), decision.size, dtype="bool")
        given = ops.logical_and(given, largest)
    chosen = ops.where(ops.any(wanted), ops.broadcast_to(wanted, ops.shape(given)), given)
    order = ops.argsort(ops.where(chosen, -logits, float("inf")), axis=1)
    counts = ops.sum(ops.cast(chosen, "int32"), axis=1, keepdims=True)
    labels = ops.where(ops.arange(decision.size) < counts, ops.cast(order, "int32"), -1)
    return ops.transpose(labels), ops.max(counts)
