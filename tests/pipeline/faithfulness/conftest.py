"""A model with predictions known by hand: label 0 has the sum of the token ids in hundredths, label 1 the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from camlode.pipeline.faithfulness.agreement import Pairs
from camlode.pipeline.faithfulness.removal import TextVariants
from camlode.pipeline.records import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class SumOfIds:
    """Id 5 adds 0.05 to the probability of label 0."""

    def __init__(self) -> None:
        self.asked: list[list[list[int]]] = []

    def probabilities(self, tokens: Tokens, texts: Sequence[str] | None = None) -> np.ndarray:  # noqa: ARG002
        rows = np.split(tokens.ids, tokens.offsets[1:-1])
        self.asked.append([row.tolist() for row in rows])
        first = np.array([row.sum() / 100 for row in rows], np.float32)
        return np.stack([first, 1 - first], axis=1)


def make_tokens(rows: Sequence[Sequence[int]]) -> Tokens:
    sizes = [len(row) for row in rows]
    starts = np.concatenate([np.arange(size) for size in sizes]).astype(np.int32)
    return Tokens(
        ids=np.array([each for row in rows for each in row], np.int32),
        starts=starts,
        ends=starts + 1,
        offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        truncated=np.zeros(len(rows), np.bool_),
    )


@pytest.fixture
def model() -> SumOfIds:
    return SumOfIds()


@pytest.fixture
def make_texts() -> Callable[..., TextVariants]:
    """Documents of the ids given."""
    return lambda *rows, fill=None: TextVariants(make_tokens(rows), fill=fill)


@pytest.fixture
def make_pairs() -> Callable[..., Pairs]:
    """Pairs of (document, label, tokens)."""

    def make(*rows: tuple[int, int, int]) -> Pairs:
        documents, labels, sizes = np.array(rows, np.int64).T
        return Pairs(documents, labels, np.concatenate([[0], np.cumsum(sizes)]))

    return make
