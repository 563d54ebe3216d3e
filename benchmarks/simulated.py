"""An attributor without a model, for measuring what is around it: it takes a fixed time for each shard."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

import numpy as np
import ray

from camlode.config import read_labels
from camlode.pipeline.models.classifier import ModelInfo
from camlode.pipeline.records import Importances
from camlode.workers.actor import AttributionStats

if TYPE_CHECKING:
    from camlode.config import Job
    from camlode.pipeline.records import EncodedShard

SHARD_SECONDS = 0.5
LENGTH = 32


class SimulatedAttributor:
    """Sleeps, and finds nothing important."""

    def __init__(self, job: Job, *_: object) -> None:
        self._labels = read_labels(job.model)

    def load(self) -> ModelInfo:
        """Facts of a model that there isn't."""
        return ModelInfo(self._labels, ("none",), "softmax", LENGTH, None, "nothing is padded", "logits")

    @ray.method(num_returns=2)
    def attribute(self, shard: EncodedShard) -> tuple[Importances, AttributionStats]:
        """Each document has the first label, and no token any importance."""
        time.sleep(SHARD_SECONDS)
        documents, tokens = shard.documents.num_rows, len(shard.tokens.ids)
        nothing = np.zeros(documents)
        importances = Importances(
            documents=np.arange(documents, dtype=np.int32),
            labels=nothing.astype(np.int32),
            probabilities=nothing.astype(np.float32),
            values=np.zeros(tokens, np.int64),
            offsets=shard.tokens.offsets,
            padding=nothing.astype(np.int64),
            residuals=np.full(documents, np.nan, np.float32),
            invalid=np.zeros(0, np.int32),
        )
        return importances, AttributionStats(SHARD_SECONDS, 1, f"{socket.gethostname()}:{os.getpid()}")

    def process_name(self) -> str:
        """The host and the number of the process."""
        return f"{socket.gethostname()}:{os.getpid()}"
