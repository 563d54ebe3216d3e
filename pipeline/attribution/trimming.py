"""Trimming: batches as short as their longest text, if the model's logits don't depend on the padding."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from camlode.pipeline.arrays import Float32Array

    Logits = Callable[[int, int], Float32Array]
    """Logits of sample documents of a size in tokens, padded to a length; the same documents for the same size."""

TOLERANCE = 1e-4
"""Largest change of a logit, absolute and relative, with which a trimmed batch counts as equal."""
LENGTH_STEP = 4
"""Batches are trimmed to multiples of this, or of more if there would be more than MAX_LENGTHS of them."""
MAX_LENGTHS = 32


class Trim(NamedTuple):
    """Whether and how far batches are trimmed. `margin`: padding tokens kept; None = no trimming. `reason`: why."""

    margin: int | None
    reason: str

    def __str__(self) -> str:
        if self.margin is None:
            return f"batches are not trimmed to their longest text: {self.reason}"
        return f"batches are trimmed to their longest text and {self.margin} tokens: {self.reason}"

    def length(self, longest: int, full_length: int) -> int:
        """Length of a batch whose longest text has `longest` tokens, at most `full_length`."""
        if self.margin is None:
            return full_length
        # Few different lengths: each may have to be compiled, and is a size that the device's memory is split for.
        step = max(LENGTH_STEP, full_length // MAX_LENGTHS)
        return min(-(-(longest + self.margin) // step) * step, full_length)


def shortest_safe_length(full_length: int, receptive_field_size: int) -> int:
    """Shortest length that a batch can be trimmed to."""
    return Trim(receptive_field_size, "").length(1, full_length)


NO_TRIM = Trim(None, "the whole length was asked for")


def too_short_to_trim(length: int, receptive_field_size: int) -> Trim:
    """No trimming, since `length` leaves nothing to trim beside the smallest margin."""
    return Trim(None, f"{length} tokens are too few, where one position covers {receptive_field_size}")


def probe_trim(logits: Logits, *, length: int, receptive_field_size: int) -> Trim:
    """Compare the logits of documents at full `length` with those at the lengths that trimming would give.

    `receptive_field_size`: the most tokens in a position's receptive field. The margin is never smaller, so that a
    trimmed batch keeps a position on padding alone wherever the full one has one: such a position can be the argmax of
    max pooling.
    """
    no_trim = too_short_to_trim(length, receptive_field_size)
    # The receptive fields end at the target layers, and layers above may see further: hence the larger margins.
    for margin in (receptive_field_size, 2 * receptive_field_size, 4 * receptive_field_size, 8 * receptive_field_size):
        trim = Trim(margin, f"the logits are those of padding to {length}")
        trials = _list_trials(trim, length)
        if not trials:
            break
        if all(_logits_agree(logits(size, trimmed), logits(size, length)) for size, trimmed in trials):
            return trim
        no_trim = Trim(None, "the logits change with the padding")
    return no_trim


def _list_trials(trim: Trim, length: int) -> list[tuple[int, int]]:
    """Sizes of texts with the lengths they are trimmed to: short texts, and texts that leave only the margin."""
    sample_sizes = (1, 2, 3, 5, length // 4, length // 2, 3 * length // 4)
    trimmed_lengths = {trim.length(size, length) for size in sample_sizes if size} - {length}
    sizes = {*sample_sizes, *(trimmed - (trim.margin or 0) for trimmed in trimmed_lengths)}
    trials = [(size, trim.length(size, length)) for size in sorted(sizes) if size > 0]
    return [(size, trimmed) for size, trimmed in trials if trimmed < length]


def _logits_agree(actual: Float32Array, expected: Float32Array) -> bool:
    return bool(np.allclose(actual, expected, rtol=TOLERANCE, atol=TOLERANCE))
