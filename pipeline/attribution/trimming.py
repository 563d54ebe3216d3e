"""Whether batches may be cut to their longest text: only where the model is shown not to care."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Logits = Callable[[int, int], npt.NDArray[np.float32]]
    """The logits of sample documents of so many tokens, padded to a length; the same documents for the same size."""

TOLERANCE = 1e-4
"""How far a logit may move, absolutely and as a share of itself, for a cut to count as harmless."""
LENGTH_STEP = 4
"""Lengths are cut to multiples of this, or of more where there would be more than LENGTHS of them."""
MAX_LENGTHS = 32


class Trim(NamedTuple):
    """How many tokens of padding a cut batch keeps beside its longest text; None: batches are never cut. And why."""

    margin: int | None
    reason: str

    def __str__(self) -> str:
        if self.margin is None:
            return f"batches are not cut to their longest text: {self.reason}"
        return f"batches are cut to their longest text and {self.margin} tokens: {self.reason}"

    def length(self, longest: int, full_length: int) -> int:
        """How long a batch is whose longest text has `longest` tokens, at most `full_length`."""
        if self.margin is None:
            return full_length
        step = max(LENGTH_STEP, full_length // MAX_LENGTHS)
        return min(-(-(longest + self.margin) // step) * step, full_length)


def shortest_safe_length(full_length: int, receptive_field_size: int) -> int:
    """The shortest length that a batch can be cut to."""
    return Trim(receptive_field_size, "").length(1, full_length)


NO_TRIM = Trim(None, "the whole length was asked for")


def probe_trim(logits: Logits, *, length: int, receptive_field_size: int) -> Trim:
    """Compares the logits of documents at their whole `length` with those at the lengths that they would be cut to.

    `receptive_field_size`: the most tokens that a position is known to cover. The margin is never less, so that a position on padding
    alone is left wherever there was one.
    """
    reason = f"{length} tokens are too few, where one position covers {receptive_field_size}"
    for margin in (receptive_field_size, 2 * receptive_field_size, 4 * receptive_field_size, 8 * receptive_field_size):
        trim = Trim(margin, f"the logits are those of padding to {length}")
        trials = _list_trials(trim, length)
        if not trials:
            break
        if all(_logits_agree(logits(size, cut), logits(size, length)) for size, cut in trials):
            return trim
        reason = "the logits change with the padding"
    return Trim(None, reason)


def _list_trials(trim: Trim, length: int) -> list[tuple[int, int]]:
    """Sizes of texts, each with the length it would be cut to: short ones, and some that leave only the margin."""
    sample_sizes = (1, 2, 3, 5, length // 4, length // 2, 3 * length // 4)
    cuts = {trim.length(size, length) for size in sample_sizes if size} - {length}
    sizes = {*sample_sizes, *(cut - (trim.margin or 0) for cut in cuts)}
    tried = [(size, trim.length(size, length)) for size in sorted(sizes) if size > 0]
    return [(size, cut) for size, cut in tried if cut < length]


def _logits_agree(found: npt.NDArray[np.float32], expected: npt.NDArray[np.float32]) -> bool:
    return bool(np.allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE))
