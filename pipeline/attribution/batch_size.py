"""Batch sizes: halved when the device runs out of memory, rounded for backends that compile for each shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from camlode.pipeline.attribution.batch_explainer import BatchExplanation
from camlode.pipeline.models.classifier import DeviceMemoryError, is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from camlode.pipeline.arrays import AnyArray
    from camlode.pipeline.attribution.batches import PaddedBatch

    T = TypeVar("T")


class BatchSize:
    """Number of documents in a batch: halved when they don't fit into memory, and never raised again."""

    def __init__(self, size: int) -> None:
        self.current = size

    def run_halving(self, work: Callable[[], T], *, max_halvings: int = 1) -> T:
        """Return `work()`; when the device runs out of memory, halve the batch size and call it again.

        Raises DeviceMemoryError: memory is still too small after `max_halvings`, or with single documents.
        """
        while True:
            try:
                return work()
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                if not max_halvings or self.current == 1:
                    raise (document_memory_error(1) if self.current == 1 else self._batch_memory_error()) from error
            # Retried outside of the handler: inside, the error's frames would still hold the batch that didn't fit.
            max_halvings -= 1
            self.current //= 2

    def _batch_memory_error(self) -> DeviceMemoryError:
        return DeviceMemoryError(
            f"the device runs out of memory with batches of {self.current} documents, as it did with twice as many; "
            f"set run.batch_size to {self.current // 2} or less"
        )


def document_memory_error(documents: int) -> DeviceMemoryError:
    """Error for a device whose memory doesn't hold this small number of documents."""
    return DeviceMemoryError(
        f"the device runs out of memory with {documents} document{'s' * (documents > 1)} at once; run fewer workers on "
        "it (run.workers, run.gpus_per_worker), or take one with more memory"
    )


# JAX compiles a program for each shape. With numbers of documents rounded up to powers of two, a last batch that is
# smaller than the others costs one of few programs instead of a separate one.


def next_power_of_two(count: int) -> int:
    """Smallest power of two that is at least `count`."""
    return 1 << max(count - 1, 0).bit_length()


def pad_documents(arrays: Sequence[AnyArray]) -> list[AnyArray]:
    """Arrays [documents, …] with the last document repeated until their number is a power of two."""
    return [
        np.concatenate([each, each[-1:].repeat(next_power_of_two(len(each)) - len(each), axis=0)]) for each in arrays
    ]


def pad_batch(batch: PaddedBatch) -> PaddedBatch:
    """A batch whose number of documents is a power of two; `members` still has the original ones."""
    (mask,) = pad_documents([batch.mask])
    return batch._replace(inputs=pad_documents(batch.inputs), mask=mask)


def take_first(explanation: BatchExplanation, count: int) -> BatchExplanation:
    """The explanation of the first `count` documents."""
    return BatchExplanation(
        explanation.logits[:count],
        explanation.probabilities[:count],
        explanation.labels[:, :count],
        explanation.scores[:, :count],
        explanation.padding[:, :count],
        explanation.residuals[:, :count],
    )
