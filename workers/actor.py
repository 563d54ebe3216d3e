"""The actor that holds the model: one a GPU, pinned there by Ray."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING, NamedTuple

import ray

from camlode.config.errors import CamlodeError
from camlode.pipeline.stages.attribute import attribute
from camlode.workers.cluster import restrict_to_assigned_gpus

if TYPE_CHECKING:
    from camlode.config import Job
    from camlode.pipeline.explainer import Explainer
    from camlode.pipeline.models.classifier import ModelInfo
    from camlode.pipeline.records import EncodedShard, Importances


class AttributionStats(NamedTuple):
    """What a shard took: the seconds of its attribution, the batches that went through the model, and where."""

    seconds: float
    batches: int
    worker: str


class AttributionActor:
    """Attributes shards, one at a time, with a model that its process loads once."""

    def __init__(self, job: Job, threads: int | None) -> None:
        self._job = job
        self._threads = threads
        self._explainer: Explainer | None = None

    def load(self) -> ModelInfo:
        """Loads and checks the job's model; the user's mistakes come out as they were raised there."""
        try:
            return self._load_explainer().model_info
        except CamlodeError as error:
            if len(ray.nodes()) == 1:  # type: ignore[no-untyped-call]
                raise
            node = f"on node {socket.gethostname()}, where as on every other the model's files must be"
            raise type(error)(f"{error} ({node})") from error

    @ray.method(num_returns=2)
    def attribute(self, shard: EncodedShard) -> tuple[Importances, AttributionStats]:
        """What each token of the shard contributed to its document's labels, and what finding it out took."""
        explainer = self._load_explainer()
        began = time.perf_counter()
        importances = attribute(shard, explainer)
        return importances, AttributionStats(
            time.perf_counter() - began, explainer.attributor.batches, self.process_name()
        )

    def _load_explainer(self) -> Explainer:
        """The model; loaded by the first call, also of a process that came in the place of one that died."""
        if self._explainer is None:
            restrict_to_assigned_gpus()
            from camlode.pipeline.models.runtime import start_backend

            start_backend(self._job.model.backend, threads=self._threads, seed=self._job.run.seed)
            from camlode.pipeline.explainer import open_explainer

            explainer = open_explainer(self._job)
            # The first run of a graph takes seconds, and tells how large batches may be; better now than later.
            explainer.attributor.warm_up()
            self._explainer = explainer
        return self._explainer

    def process_name(self) -> str:
        """The host and the number of the process that this actor lives in."""
        return f"{socket.gethostname()}:{os.getpid()}"

    def gpu_ids(self) -> list[str]:
        """The GPUs that Ray has pinned this actor to."""
        return restrict_to_assigned_gpus()
