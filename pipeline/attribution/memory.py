"""Smaller batches where the device's memory doesn't suffice."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pipeline.models.failures import DeviceMemoryError, is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    T = TypeVar("T")


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
