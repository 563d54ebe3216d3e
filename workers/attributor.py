"""The actor that holds the model: one a GPU, pinned there by Ray."""

from __future__ import annotations

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
    """Attributes shards, one at a time, with a model that it loads once."""

    def __init__(self) -> None:
        self._explainer: Explainer | None = None

    def load(self, job: Job, threads: int | None) -> ModelFacts:
        """Loads and checks the job's model; the user's mistakes come out as they were raised."""
        from pipeline.models.runtime import start_backend

        start_backend(job.model.backend, threads=threads, seed=job.run.seed)
        from pipeline.stages.attribute import open_explainer

        self._explainer = open_explainer(job)
        # The first run of a graph takes seconds; better now than while others wait for the first shard.
        self._explainer.attributor.attribute(*_one_batch(job.run.batch_size))
        return self._explainer.facts

    def attribute(self, shard: EncodedShard) -> Importances:
        """What each token of the shard contributed to its document's labels."""
        if self._explainer is None:
            raise RuntimeError("attribute was called before load")
        texts = shard.documents["text"].to_pylist() if self._explainer.takes_text else None
        return self._explainer.attributor.attribute(shard.tokens, texts)

    def gpu_ids(self) -> list[str]:
        """The GPUs that Ray has pinned this actor to."""
        return [str(number) for number in ray.get_runtime_context().get_accelerator_ids()["GPU"]]


def _one_batch(size: int) -> tuple[Tokens, list[str]]:
    """Documents of one token, for whichever kind of input the model takes."""
    ends = np.ones(size, dtype=np.int32)
    return Tokens(ends - 1, ends - 1, ends, np.arange(size + 1), np.zeros(size, dtype=np.bool_)), ["a"] * size
