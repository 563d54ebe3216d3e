"""ε-LRP over the operations of a graph.

The message s for a tensor v means the relevance R = v·s. Through an operation that is linear in its inputs, s goes
back by its gradient: that is R_i = Σ_j x_i w_ij / z_j · R_j. The factor of ε, z / (z + ε·sgn z), is applied once for
each sum z including its bias: where something other than a bias, a scale, a change of shape or a maximum reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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

    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.models.propagation.operations import Step

# An activation's input that isn't a sum has no ε. If it is smaller than this, its relevance is 0, to avoid overflows.
_SMALLEST_VALUE = 1e-12


def propagate_relevances(run: RecordedRun, cotangent: Tensor, *, epsilon: float) -> list[Tensor]:
    """Relevance of each element of each source, in the source's shape.

    `cotangent`, [documents, labels], weighs the logits, whose weighted sum is distributed. Must be called while a
    graph is traced. R_i = Σ_j x_i w_ij / (z_j + ε·sgn z_j) · R_j with sgn 0 = +1; an activation passes its relevance
    on unchanged, a maximum passes all of it to the winner.

    Raises:
        ModelError: an operation between the sources and the output has no rule; the message names its layer.
    """
    steps = require_supported_steps(run, for_deeplift=False)
    pending = _find_pending_sums(reversed(steps))

    def apply_epsilon(tensor: Tensor, message: Tensor) -> Tensor:
        return message * _share(tensor, tensor, epsilon) if tensor.name in pending else message

    def rule(step: Step, messages: list[Tensor]) -> list[Tensor]:
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
    """Names of the tensors that are sums to which the factor of ε has not been applied yet."""
    pending: set[str] = set()
    for step in steps:
        if step.kind in (OperationKind.WEIGHTED_SUM, OperationKind.SHIFT) or _defers_epsilon(step, pending):
            pending |= {output.name for output in step.operation.outputs}
    return pending


def _defers_epsilon(step: Step, pending: set[str]) -> bool:
    """Whether the step leaves the factor of ε for its inputs to a later step."""
    kinds = (OperationKind.SHIFT, OperationKind.REARRANGEMENT, OperationKind.SELECTION)
    return step.kind in kinds and all(tensor.name in pending for tensor in step.inputs)


def _share(relevance: Tensor, value: Tensor, epsilon: float) -> Tensor:
    sign = tf.where(value >= 0, tf.ones_like(value), -tf.ones_like(value))
    return tf.math.divide_no_nan(relevance, value + epsilon * sign)


def _exact_share(relevance: Tensor, value: Tensor) -> Tensor:
    is_large = tf.abs(value) > _SMALLEST_VALUE
    return tf.where(is_large, relevance / tf.where(is_large, value, tf.ones_like(value)), tf.zeros_like(value))
