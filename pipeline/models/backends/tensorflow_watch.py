"""Explained values under a tape, and the maxima over positions that the model takes of them."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pipeline.models.backends.protocol import Slopes

if TYPE_CHECKING:
    from collections.abc import Sequence


class Watch:
    """Stands for `replace`: watches each explained value, and each maximum that is taken of one.

    The gradient of a maximum stands at one position of each channel. Which one does not hang on the label, so it is
    looked for once, and not for each label anew, as a gradient that ran through the maximum would.
    """

    def __init__(self, tape: Any) -> None:
        self._tape = tape
        self._values: list[Any] = []
        self._maxima: list[list[Any]] = []

    def __call__(self, _: int, value: Any) -> Any:
        """The same value, watched."""
        self._values.append(watched(value, self._tape))
        self._maxima.append([])
        return self._values[-1]

    def maximum(self, value: Any) -> Any | None:
        """The maximum over positions [documents, 1, channels] of an explained value, watched; None of any other."""
        for explained, maxima in zip(self._values, self._maxima, strict=True):
            if value is explained:
                maxima.append(watched(tf.reduce_max(tf.stop_gradient(value), axis=1, keepdims=True), self._tape))
                return maxima[-1]
        return None

    def slopes(self, result: Any, beside: Any) -> Slopes:
        """Gradients of `result`, for as many directions as are asked for."""
        sources = [[value, *maxima] for value, maxima in zip(self._values, self._maxima, strict=True)]
        winners = [_winners(*each) if len(each) > 1 else None for each in sources]

        def pulled(direction: Any) -> list[tuple[Any, Any]]:
            gradients = self._tape.gradient(result, sources, output_gradients=direction)
            wide = [[each if each is None else _wide(each) for each in found] for found in gradients]
            return [(found[0], _sum([each for each in found[1:] if each is not None])) for found in wide]

        def pull(direction: Any) -> list[Any]:
            rows = zip(self._values, winners, pulled(direction), strict=True)
            return [_at_positions(value, won, *found) for value, won, found in rows]

        def pull_sums(direction: Any) -> list[Any]:
            return [_over_positions(value, *each) for value, each in zip(self._values, pulled(direction), strict=True)]

        return Slopes(result, beside, self._values, pull, pull_sums)


def watched(tensor: Any, tape: Any) -> Any:
    """The same tensor, which the tape can take gradients with respect to."""
    same = tf.identity(tensor)
    tape.watch(same)
    return same


def _winners(value: Any, maximum: Any, *_: Any) -> tuple[Any, Any]:
    """1 where a position is its channel's maximum, and how many of a channel's positions are."""
    won = _wide(tf.cast(tf.equal(value, maximum), value.dtype))
    return won, tf.reduce_sum(won, axis=1, keepdims=True)


def _wide(tensor: Any) -> Any:
    """The same in float32, where it has fewer bits: sums and counts need them."""
    tensor = tf.convert_to_tensor(tensor)
    return tf.cast(tensor, tf.float32) if tensor.dtype.size < 4 else tensor


def _sum(gradients: Sequence[Any]) -> Any | None:
    return functools.reduce(operator.add, gradients) if gradients else None


def _at_positions(value: Any, winners: Any, direct: Any, of_maximum: Any) -> Any:
    if direct is None and of_maximum is None:
        return tf.zeros_like(value)
    parts = [] if direct is None else [direct]
    if of_maximum is not None:
        won, many = winners
        # Positions that tie share the gradient, as in TensorFlow's own.
        parts.append(won * (of_maximum / many))
    # What knows no length loses the shape on its way back, as Max does.
    return tf.ensure_shape(_sum(parts), value.shape)


def _over_positions(value: Any, direct: Any, of_maximum: Any) -> Any:
    parts = [] if direct is None else [tf.reduce_sum(tf.ensure_shape(direct, value.shape), axis=1)]
    if of_maximum is not None:
        parts.append(tf.squeeze(of_maximum, axis=1))
    return _sum(parts) if parts else tf.zeros_like(value[:, 0])
