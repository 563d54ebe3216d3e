"""From a layer's positions to the tokens: each position's value is spread over the tokens that it covers."""

from __future__ import annotations

from typing import Any, NamedTuple


class Spread(NamedTuple):
    """Scores on tokens [batch, tokens], and the mass that fell on padding alone [batch]."""

    scores: Any
    padding: Any


def spread(values: Any, starts: Any, ends: Any, real_starts: Any, real_ends: Any, tokens: Any) -> Spread:
    """Spreads `values` [batch, positions] over tokens, keeping each position's sum.

    A position covers the tokens [starts, ends) [positions]; a document's real tokens are
    [real_starts, real_ends) [batch]. A position that covers real tokens is shared evenly among them; what
    stands on padding alone goes to no token and is told as `padding`. All tensors are float32.
    """
    from keras import ops

    covered = ops.minimum(ends[None, :], real_ends[:, None]) - ops.maximum(starts[None, :], real_starts[:, None])
    on_text = ops.cast(covered > 0, values.dtype)
    shares = values * on_text / ops.maximum(covered, 1.0)
    places = ops.arange(tokens, dtype=values.dtype)
    cover = ops.cast((places >= starts[:, None]) & (places < ends[:, None]), values.dtype)
    real = ops.cast((places >= real_starts[:, None]) & (places < real_ends[:, None]), values.dtype)
    return Spread(ops.matmul(shares, cover) * real, ops.sum(values * (1.0 - on_text), axis=1))
