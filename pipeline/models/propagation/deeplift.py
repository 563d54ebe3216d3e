"""DeepLIFT with the Rescale rule, over the operations of a graph.

The message for a tensor is its multiplier: the change of the output per unit of the tensor's difference from the
baseline. Through an operation that is linear in its inputs, multipliers go back by its gradient.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

import tensorflow as tf

from camlode.config.errors import ModelError
from camlode.pipeline.models.propagation.operations import OperationKind
from camlode.pipeline.models.propagation.walk import (
    RecordedRun,
    apply_gradient,
    propagate_back,
    require_supported_steps,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.models.propagation.operations import Step

# A difference below this share of the largest of 1, |text| and |baseline| is rounding: the derivative is used instead.
_SMALLEST_DIFFERENCE = 1e-6


def propagate_contributions(text: RecordedRun, baseline: RecordedRun, cotangent: Tensor) -> list[Tensor]:
    """Contribution of each element of each source, in the source's shape: its difference times its multiplier.

    `cotangent`, [documents, labels], weighs the logits; the contributions of a document add up to the difference of
    the weighted sum between the runs, which are of the same model on inputs of the same shape. Must be called while a
    graph is traced. The multiplier of an activation is Δout / Δin, or its derivative at the text if
    |Δin| < 1e-6 · max(1, |in|, |baseline's in|). Of a maximum's difference y − y', with c = max(y, y'), c − y' goes to
    the text's winner and y − c to the baseline's.

    Raises:
        ModelError: an operation between the sources and the output has no rule, or the runs have different ones.
    """
    steps = require_supported_steps(text, for_deeplift=True)
    other_steps = require_supported_steps(baseline, for_deeplift=True)
    _check_alike(steps, other_steps)
    others = {step.operation.name: other for step, other in zip(steps, other_steps, strict=True)}

    def rule(step: Step, messages: list[Tensor]) -> list[Tensor]:
        if step.kind is OperationKind.ACTIVATION:
            return [_propagate_activation(step, others[step.operation.name], messages)]
        if step.kind is OperationKind.SELECTION:
            return _propagate_selection(step, others[step.operation.name], messages[0])
        return apply_gradient(step, messages)

    multipliers = propagate_back(text, steps, cotangent, rule)
    return [
        (source - other) * multiplier
        for source, other, multiplier in zip(text.sources, baseline.sources, multipliers, strict=True)
    ]


def _check_alike(steps: Sequence[Step], others: Sequence[Step]) -> None:
    for step, other in zip_longest(steps, others):
        types = [each.operation.type if each else "nothing" for each in (step, other)]
        if types[0] != types[1]:
            raise ModelError(
                "DeepLIFT compares two runs of a model, which must run the same operations: "
                f"on the text it ran {types[0]} where it ran {types[1]} on the baseline"
            )


def _propagate_activation(step: Step, other: Step, messages: Sequence[Tensor]) -> Tensor:
    value, base = step.inputs[0], other.inputs[0]
    difference = value - base
    scale = tf.maximum(tf.maximum(tf.abs(value), tf.abs(base)), 1.0)
    is_large = tf.abs(difference) >= _SMALLEST_DIFFERENCE * scale
    rise = step.operation.outputs[0] - other.operation.outputs[0]
    slope = rise / tf.where(is_large, difference, tf.ones_like(difference))
    return tf.where(is_large, messages[0] * slope, apply_gradient(step, messages)[0])


def _propagate_selection(step: Step, other: Step, message: Tensor) -> list[Tensor]:
    """Multipliers of the winners: each one's part of the difference, divided by its own difference."""
    # The operation's gradient finds the winners. A part is never larger than its winner's difference, so the quotient
    # is at most 1, and 0 is right for a difference of 0.
    value, base = step.operation.outputs[0], other.operation.outputs[0]
    between = tf.minimum(value, base) if step.operation.type.startswith("Min") else tf.maximum(value, base)
    to_text = apply_gradient(step, [message * (between - base)])
    to_baseline = apply_gradient(other, [message * (value - between)])
    return [
        tf.math.divide_no_nan(text_part + baseline_part, tensor - other_tensor)
        for text_part, baseline_part, tensor, other_tensor in zip(
            to_text, to_baseline, step.inputs, other.inputs, strict=True
        )
    ]
