"""Few sizes of batches, for backends that compile a program for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.attribution.explainer import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pipeline.attribution.batches import Fed


def rounded(count: int) -> int:
    """The least power of two that is not less than `count`."""
    return 1 << max(count - 1, 0).bit_length()


def filled(documents: Sequence[Any]) -> list[Any]:
    """Arrays [documents, …] with the last document repeated up to a rounded number of them."""
    return [np.concatenate([each, each[-1:].repeat(rounded(len(each)) - len(each), axis=0)]) for each in documents]


def filled_batch(fed: Fed) -> Fed:
    """A batch of a rounded number of documents, of which only `members` are wanted."""
    (real,) = filled([fed.real])
    return fed._replace(inputs=filled(fed.inputs), real=real)


def of_first(answer: Answer, count: int) -> Answer:
    """The answer for the first `count` documents."""
    return Answer(
        answer.logits[:count],
        answer.probabilities[:count],
        answer.labels[:, :count],
        answer.scores[:, :count],
        answer.padding[:, :count],
        answer.residuals[:, :count],
    )
