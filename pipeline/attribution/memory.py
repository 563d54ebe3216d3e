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
        self.now = size

    def fitted(self, work: Callable[[], T], *, halvings: int = 1) -> T:
        """What `work()` gives; where the device runs out of memory, what it gives from its start with half the size.

        Raises DeviceMemoryError: after so many halvings, or with single documents, there is still too little memory.
        """
        while True:
            try:
                return work()
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                if not halvings or self.now == 1:
                    raise (too_little_for(1) if self.now == 1 else self._too_many()) from error
            # Not in the handler: there, the error's frames would still hold the batch that didn't fit.
            halvings -= 1
            self.now //= 2

    def _too_many(self) -> DeviceMemoryError:
        return DeviceMemoryError(
            f"the device runs out of memory with batches of {self.now} documents, as it did with twice as many; set "
            f"run.batch_size to {self.now // 2} or less"
        )


def too_little_for(documents: int) -> DeviceMemoryError:
    """The error that says that not even so few documents fit."""
    return DeviceMemoryError(
        f"the device runs out of memory with {documents} document{'s' * (documents > 1)} at once; run fewer workers on "
        "it (run.workers, run.gpus_per_worker), or take one with more memory"
    )
