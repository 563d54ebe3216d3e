"""Target layers' outputs under a tape, and the maxima over positions that the model takes of them."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from camlode.pipeline.models.backends.protocol import Vjp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.arrays import Tensor


class TapeWatch:
    """A `replace` that watches each target layer's output, and each global maximum taken of one.

    The gradient of a maximum is at one position of each channel, the same for all labels. The maximum is watched and
    cut off from its input, so that this position is found once, and not again for each label by a gradient that runs
    through the maximum; `pullback_sums`, all that Grad-CAM needs, never looks for it.
    """

    def __init__(self, tape: Any) -> None:
        self._tape = tape
        self._values: list[Tensor] = []
        self._maxima: list[list[Tensor]] = []

    def __call__(self, _: int, value: Tensor) -> Tensor:
        """The same tensor, watched."""
        self._values.append(watch_tensor(value, self._tape))
        self._maxima.append([])
        return self._values[-1]

    def maximum(self, value: Tensor) -> Tensor | None:
        """The maximum over positions [documents, 1, channels] of a watched output, watched; None for other values."""
        for watched_value, maxima in zip(self._values, self._maxima, strict=True):
            if value is watched_value:
                # Without stop_gradient, the tape would count the maximum's gradient in that of the output, too.
                maxima.append(watch_tensor(tf.reduce_max(tf.stop_gradient(value), axis=1, keepdims=True), self._tape))
                return maxima[-1]
        return None

    def vjp(self, result: Tensor, aux: Any) -> Vjp:
        """Gradients of `result` with respect to the watched outputs."""
        sources = [[value, *maxima] for value, maxima in zip(self._values, self._maxima, strict=True)]
        winners = [_find_winners(*each) if len(each) > 1 else None for each in sources]

        def pull_gradients(cotangent: Tensor) -> list[tuple[Tensor, Tensor]]:
            gradients = self._tape.gradient(result, sources, output_gradients=cotangent)
            widened = [[each if each is None else _to_float32(each) for each in found] for found in gradients]
            return [(found[0], _sum([each for each in found[1:] if each is not None])) for found in widened]

        def pullback(cotangent: Tensor) -> list[Tensor]:
            rows = zip(self._values, winners, pull_gradients(cotangent), strict=True)
            return [_gradient_at_positions(value, is_winner, *found) for value, is_winner, found in rows]

        def pullback_sums(cotangent: Tensor) -> list[Tensor]:
            return [
                _gradient_sum(value, *each) for value, each in zip(self._values, pull_gradients(cotangent), strict=True)
            ]

        return Vjp(result, aux, self._values, pullback, pullback_sums)


def watch_tensor(tensor: Tensor, tape: Any) -> Tensor:
    """The same tensor, watched by `tape`."""
    # A copy: the tape then watches this use of the tensor alone, and not where else it or its operation is used.
    same = tf.identity(tensor)
    tape.watch(same)
    return same


def _find_winners(value: Tensor, maximum: Tensor, *_: Tensor) -> tuple[Tensor, Tensor]:
    """1 where a position is its channel's maximum; and the number of such positions of each channel."""
    is_winner = _to_float32(tf.cast(tf.equal(value, maximum), value.dtype))
    return is_winner, tf.reduce_sum(is_winner, axis=1, keepdims=True)


def _to_float32(tensor: Tensor) -> Tensor:
    """The same in float32 if it has fewer bits, which are too few for sums and counts."""
    tensor = tf.convert_to_tensor(tensor)
    return tf.cast(tensor, tf.float32) if tensor.dtype.size < 4 else tensor


def _sum(gradients: Sequence[Tensor]) -> Tensor | None:
    return functools.reduce(operator.add, gradients) if gradients else None


def _gradient_at_positions(value: Tensor, winners: Tensor, direct_gradient: Tensor, maximum_gradient: Tensor) -> Tensor:
    if direct_gradient is None and maximum_gradient is None:
        return tf.zeros_like(value)
    parts = [] if direct_gradient is None else [direct_gradient]
    if maximum_gradient is not None:
        is_winner, winner_count = winners
        # Positions that tie share the gradient, as in TensorFlow's own.
        parts.append(is_winner * (maximum_gradient / winner_count))
    # The gradient of a Max of unknown length has lost its static shape.
    return tf.ensure_shape(_sum(parts), value.shape)


def _gradient_sum(value: Tensor, direct_gradient: Tensor, maximum_gradient: Tensor) -> Tensor:
    parts = [] if direct_gradient is None else [tf.reduce_sum(tf.ensure_shape(direct_gradient, value.shape), axis=1)]
    if maximum_gradient is not None:
        parts.append(tf.squeeze(maximum_gradient, axis=1))
    return _sum(parts) if parts else tf.zeros_like(value[:, 0])
