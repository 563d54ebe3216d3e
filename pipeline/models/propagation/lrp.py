"""ε-LRP over the operations of a graph.

A message s for a tensor v stands for the relevance R = v·s. An operation that is linear in its inputs sends s back
by its gradient: that is R_i = Σ_j x_i w_ij / z_j · R_j. What ε takes, z / (z + ε·sgn z), is taken once for each sum z,
its bias included, when something other than a bias, a scale, a change of shape or a maximum reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from camlode.pipeline.models.propagation.operations import OperationKind
from camlode.pipeline.models.propagation.walk import (
    RecordedRun,
    apply_gradient,
    propagate_back,
    require_supported_steps,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from camlode.pipeline.models.propagation.operations import Step

# An input of an activation that is no sum has no ε; below this it carries nothing, so that nothing overflows.
_SMALLEST_VALUE = 1e-12


def propagate_relevances(run: RecordedRun, cotangent: Any, *, epsilon: float) -> list[Any]:
    """The relevance of each element of each source, shaped as it is.

    `cotangent`, [documents, labels], weighs the logits: what is shared out is their weighted sum. Called while a
    graph is traced. R_i = Σ_j x_i w_ij / (z_j + ε·sgn z_j) · R_j with sgn 0 = +1; an activation passes on what it
    gets, a maximum gives all to the winner.

    Raises:
        ModelError: an operation between the sources and the output has no rule; the message names its layer.
    """
    steps = require_supported_steps(run, for_deeplift=False)
    pending = _find_pending_sums(reversed(steps))

    def apply_epsilon(tensor: Any, message: Any) -> Any:
        return message * _share(tensor, tensor, epsilon) if tensor.name in pending else message

    def rule(step: Step, messages: list[Any]) -> list[Any]:
        if step.kind is OperationKind.ACTIVATION:
            (value,) = step.inputs
            relevance = step.operation.outputs[0] * messages[0]
            return [_share(relevance, value, epsilon) if value.name in pending else _exact_share(relevance, value)]
        sent = apply_gradient(step, messages)
        if _defers_epsilon(step, pending):
            return sent
        return [apply_epsilon(tensor, message) for tensor, message in zip(step.inputs, sent, strict=True)]

    arrived = propagate_back(run, steps, apply_epsilon(run.output, cotangent), rule)
    return [source * message for source, message in zip(run.sources, arrived, strict=True)]


def _find_pending_sums(steps: Iterable[Step]) -> set[str]:
    """The names of the tensors that are sums from which ε has not yet taken its part."""
    pending: set[str] = set()
    for step in steps:
        if step.kind in (OperationKind.WEIGHTED_SUM, OperationKind.SHIFT) or _defers_epsilon(step, pending):
            pending |= {output.name for output in step.operation.outputs}
    return pending


def _defers_epsilon(step: Step, pending: set[str]) -> bool:
    """Whether the step leaves it to a later one to take ε's part from its inputs."""
    kinds = (OperationKind.SHIFT, OperationKind.REARRANGEMENT, OperationKind.SELECTION)
    return step.kind in kinds and all(tensor.name in pending for tensor in step.inputs)


def _share(relevance: Any, value: Any, epsilon: float) -> Any:
    sign = tf.where(value >= 0, tf.ones_like(value), -tf.ones_like(value))
    return tf.math.divide_no_nan(relevance, value + epsilon * sign)


def _exact_share(relevance: Any, value: Any) -> Any:
    is_large = tf.abs(value) > _SMALLEST_VALUE
    return tf.where(is_large, relevance / tf.where(is_large, value, tf.ones_like(value)), tf.zeros_like(value))
