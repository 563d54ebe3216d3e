"""The actor that holds the model: one a GPU, pinned there by Ray."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import ray

from pipeline.records import Tokens

if TYPE_CHECKING:
    from config import Job
    from pipeline.models.facts import ModelFacts
    from pipeline.records import EncodedShard, Importances
    from pipeline.stages.attribute import Explainer


@ray.remote
class AttributorActor:
    """Attributes shards, one at a time, with a model that its process loads once."""

    def __init__(self, job: Job, threads: int | None) -> None:
        self._job = job
        self._threads = threads
        self._explainer: Explainer | None = None

    def load(self) -> ModelFacts:
        """Loads and checks the job's model; the user's mistakes come out as they were raised."""
        return self._loaded().facts

    def attribute(self, shard: EncodedShard) -> Importances:
        """What each token of the shard contributed to its document's labels."""
        explainer = self._loaded()
        texts = shard.documents["text"].to_pylist() if explainer.takes_text else None
        return explainer.attributor.attribute(shard.tokens, texts)

    def _loaded(self) -> Explainer:
        """The model; loaded by the first call, also of a process that came in the place of one that died."""
        if self._explainer is None:
            from pipeline.models.runtime import start_backend

            start_backend(self._job.model.backend, threads=self._threads, seed=self._job.run.seed)
            from pipeline.stages.attribute import open_explainer

            explainer = open_explainer(self._job)
            # The first run of a graph takes seconds; better now than while others wait for the first shard.
            explainer.attributor.attribute(*_one_batch(self._job.run.batch_size))
            self._explainer = explainer
        return self._explainer

    def process(self) -> int:
        """The number of the process that this actor lives in."""
        return os.getpid()

    def gpu_ids(self) -> list[str]:
        """The GPUs that Ray has pinned this actor to."""
        return [str(number) for number in ray.get_runtime_context().get_accelerator_ids()["GPU"]]


def _one_batch(size: int) -> tuple[Tokens, list[str]]:
    """Documents of one token, for whichever kind of input the model takes."""
    ends = np.ones(size, dtype=np.int32)
    return Tokens(ends - 1, ends - 1, ends, np.arange(size + 1), np.zeros(size, dtype=np.bool_)), ["a"] * size
