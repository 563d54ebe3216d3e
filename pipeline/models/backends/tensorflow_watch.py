"""Explained values under a tape, and the maxima over positions that the model takes of them."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from camlode.pipeline.models.backends.protocol import Vjp

if TYPE_CHECKING:
    from collections.abc import Sequence


class TapeWatch:
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
        self._values.append(watch_tensor(value, self._tape))
        self._maxima.append([])
        return self._values[-1]

    def maximum(self, value: Any) -> Any | None:
        """The maximum over positions [documents, 1, channels] of an explained value, watched; None of any other."""
        for watched_value, maxima in zip(self._values, self._maxima, strict=True):
            if value is watched_value:
                maxima.append(watch_tensor(tf.reduce_max(tf.stop_gradient(value), axis=1, keepdims=True), self._tape))
                return maxima[-1]
        return None

    def vjp(self, result: Any, aux: Any) -> Vjp:
        """Gradients of `result`, for as many directions as are asked for."""
        sources = [[value, *maxima] for value, maxima in zip(self._values, self._maxima, strict=True)]
        winners = [_find_winners(*each) if len(each) > 1 else None for each in sources]

        def pull_gradients(cotangent: Any) -> list[tuple[Any, Any]]:
            gradients = self._tape.gradient(result, sources, output_gradients=cotangent)
            widened = [[each if each is None else _to_float32(each) for each in found] for found in gradients]
            return [(found[0], _sum([each for each in found[1:] if each is not None])) for found in widened]

        def pullback(cotangent: Any) -> list[Any]:
            rows = zip(self._values, winners, pull_gradients(cotangent), strict=True)
            return [_gradient_at_positions(value, is_winner, *found) for value, is_winner, found in rows]

        def pullback_sums(cotangent: Any) -> list[Any]:
            return [
                _gradient_sum(value, *each) for value, each in zip(self._values, pull_gradients(cotangent), strict=True)
            ]

        return Vjp(result, aux, self._values, pullback, pullback_sums)


def watch_tensor(tensor: Any, tape: Any) -> Any:
    """The same tensor, which the tape can take gradients with respect to."""
    same = tf.identity(tensor)
    tape.watch(same)
    return same


def _find_winners(value: Any, maximum: Any, *_: Any) -> tuple[Any, Any]:
    """1 where a position is its channel's maximum, and how many of a channel's positions are."""
    is_winner = _to_float32(tf.cast(tf.equal(value, maximum), value.dtype))
    return is_winner, tf.reduce_sum(is_winner, axis=1, keepdims=True)


def _to_float32(tensor: Any) -> Any:
    """The same in float32, where it has fewer bits: sums and counts need them."""
    tensor = tf.convert_to_tensor(tensor)
    return tf.cast(tensor, tf.float32) if tensor.dtype.size < 4 else tensor


def _sum(gradients: Sequence[Any]) -> Any | None:
    return functools.reduce(operator.add, gradients) if gradients else None


def _gradient_at_positions(value: Any, winners: Any, direct_gradient: Any, maximum_gradient: Any) -> Any:
    if direct_gradient is None and maximum_gradient is None:
        return tf.zeros_like(value)
    parts = [] if direct_gradient is None else [direct_gradient]
    if maximum_gradient is not None:
        is_winner, winner_count = winners
        # Positions that tie share the gradient, as in TensorFlow's own.
        parts.append(is_winner * (maximum_gradient / winner_count))
    # What knows no length loses the shape on its way back, as Max does.
    return tf.ensure_shape(_sum(parts), value.shape)


def _gradient_sum(value: Any, direct_gradient: Any, maximum_gradient: Any) -> Any:
    parts = [] if direct_gradient is None else [tf.reduce_sum(tf.ensure_shape(direct_gradient, value.shape), axis=1)]
    if maximum_gradient is not None:
        parts.append(tf.squeeze(maximum_gradient, axis=1))
    return _sum(parts) if parts else tf.zeros_like(value[:, 0])
