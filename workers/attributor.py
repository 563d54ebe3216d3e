"""The actor that holds the model: one a GPU, pinned there by Ray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ray

if TYPE_CHECKING:
    from config import Job
    from pipeline.records import EncodedShard, Importances, ModelFacts
    from pipeline.stages.attribute import Explainer


@ray.remote
class AttributorActor:
    """Attributes shards, one at a time, with a model that it loads once."""

    def __init__(self) -> None:
        self._explainer: Explainer | None = None

    def load(self, job: Job, threads: int | None) -> ModelFacts:
        """Loads and checks the job's model; the user's mistakes come out as they were raised."""
        from pipeline.models.runtime import start_tensorflow

        start_tensorflow(threads=threads, seed=job.run.seed)
        from pipeline.stages.attribute import open_explainer

        self._explainer = open_explainer(job)
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
