"""From a layer's positions to the tokens: each position's value is spread over the tokens that it covers."""

from __future__ import annotations

from typing import Any, NamedTuple


class TokenScores(NamedTuple):
    """Scores on tokens [..., batch, tokens], and the mass that fell on padding alone [..., batch]."""

    scores: Any
    padding: Any


def distribute_to_tokens(values: Any, receptive_field: Any, mask: Any) -> TokenScores:
    """Spreads `values` [..., batch, positions] over tokens, keeping each position's sum.

    `receptive_field` [positions, tokens] is 1 where a position covers a token, `mask` [batch, tokens] where a token is not
    padding. A position that covers real tokens is shared evenly among them; what stands on padding alone goes to no
    token and is told as `padding`. All tensors are float32.
    """
    from keras import ops

    covered = ops.matmul(mask, ops.transpose(receptive_field))
    shares = ops.where(covered > 0, values / ops.maximum(covered, 1.0), 0.0)
    padding = ops.sum(ops.where(covered > 0, 0.0, values), axis=-1)
    return TokenScores(ops.matmul(shares, receptive_field) * mask, padding)
