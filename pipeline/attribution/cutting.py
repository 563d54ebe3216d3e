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
STEP = 4
"""Lengths are cut to multiples of this, or of more where there would be more than LENGTHS of them."""
LENGTHS = 32


class Cutting(NamedTuple):
    """How many tokens of padding a cut batch keeps beside its longest text; None: batches are never cut. And why."""

    margin: int | None
    reason: str

    def __str__(self) -> str:
        if self.margin is None:
            return f"batches are not cut to their longest text: {self.reason}"
        return f"batches are cut to their longest text and {self.margin} tokens: {self.reason}"

    def length(self, longest: int, whole: int) -> int:
        """How long a batch is whose longest text has `longest` tokens, at most `whole`."""
        if self.margin is None:
            return whole
        step = max(STEP, whole // LENGTHS)
        return min(-(-(longest + self.margin) // step) * step, whole)


def shortest(whole: int, reach: int) -> int:
    """The shortest length that a batch can be cut to."""
    return Cutting(reach, "").length(1, whole)


UNCUT = Cutting(None, "the whole length was asked for")


def probe(logits: Logits, *, length: int, reach: int) -> Cutting:
    """Compares the logits of documents at their whole `length` with those at the lengths that they would be cut to.

    `reach`: the most tokens that a position is known to cover. The margin is never less, so that a position on padding
    alone is left wherever there was one.
    """
    reason = f"{length} tokens are too few, where one position covers {reach}"
    for margin in (reach, 2 * reach, 4 * reach, 8 * reach):
        cutting = Cutting(margin, f"the logits are those of padding to {length}")
        tries = _tries(cutting, length)
        if not tries:
            break
        if all(_agree(logits(size, cut), logits(size, length)) for size, cut in tries):
            return cutting
        reason = "the logits change with the padding"
    return Cutting(None, reason)


def _tries(cutting: Cutting, length: int) -> list[tuple[int, int]]:
    """Sizes of texts, each with the length it would be cut to: short ones, and some that leave only the margin."""
    spread = (1, 2, 3, 5, length // 4, length // 2, 3 * length // 4)
    cuts = {cutting.length(size, length) for size in spread if size} - {length}
    sizes = {*spread, *(cut - (cutting.margin or 0) for cut in cuts)}
    tried = [(size, cutting.length(size, length)) for size in sorted(sizes) if size > 0]
    return [(size, cut) for size, cut in tried if cut < length]


def _agree(found: npt.NDArray[np.float32], expected: npt.NDArray[np.float32]) -> bool:
    return bool(np.allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE))
