"""Smaller batches where the device's memory doesn't suffice."""
# MERGED: Few sizes of batches, for backends that compile a program for each.

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from camlode.pipeline.attribution.explainer import BatchExplanation
from camlode.pipeline.models.classifier import DeviceMemoryError, is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    T = TypeVar("T")
    from collections.abc import Sequence
    from typing import Any

    from camlode.pipeline.attribution.batches import PaddedBatch


class BatchSize:
    """How many documents go through the model at once: halved where they don't fit, and never raised again."""

    def __init__(self, size: int) -> None:
        self.current = size

    def run_halving(self, work: Callable[[], T], *, max_halvings: int = 1) -> T:
        """What `work()` gives; where the device runs out of memory, what it gives from its start with half the size.

        Raises DeviceMemoryError: after so many halvings, or with single documents, there is still too little memory.
        """
        while True:
            try:
                return work()
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                if not max_halvings or self.current == 1:
                    raise (document_memory_error(1) if self.current == 1 else self._batch_memory_error()) from error
            # Not in the handler: there, the error's frames would still hold the batch that didn't fit.
            max_halvings -= 1
            self.current //= 2

    def _batch_memory_error(self) -> DeviceMemoryError:
        return DeviceMemoryError(
            f"the device runs out of memory with batches of {self.current} documents, as it did with twice as many; set "
            f"run.batch_size to {self.current // 2} or less"
        )


def document_memory_error(documents: int) -> DeviceMemoryError:
    """The error that says that not even so few documents fit."""
    return DeviceMemoryError(
        f"the device runs out of memory with {documents} document{'s' * (documents > 1)} at once; run fewer workers on "
        "it (run.workers, run.gpus_per_worker), or take one with more memory"
    )


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
