"""Few sizes of batches, for backends that compile a program for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.attribution.explainer import BatchExplanation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pipeline.attribution.batches import PaddedBatch


def next_power_of_two(count: int) -> int:
    """The least power of two that is not less than `count`."""
    return 1 << max(count - 1, 0).bit_length()


def pad_documents(documents: Sequence[Any]) -> list[Any]:
    """Arrays [documents, …] with the last document repeated up to a rounded number of them."""
    return [
        np.concatenate([each, each[-1:].repeat(next_power_of_two(len(each)) - len(each), axis=0)]) for each in documents
    ]


def pad_batch(batch: PaddedBatch) -> PaddedBatch:
    """A batch of a rounded number of documents, of which only `members` are wanted."""
    (mask,) = pad_documents([batch.mask])
    return batch._replace(inputs=pad_documents(batch.inputs), mask=mask)


def take_first(explanation: BatchExplanation, count: int) -> BatchExplanation:
    """The answer for the first `count` documents."""
    return BatchExplanation(
        explanation.logits[:count],
        explanation.probabilities[:count],
        explanation.labels[:, :count],
        explanation.scores[:, :count],
        explanation.padding[:, :count],
        explanation.residuals[:, :count],
    )
