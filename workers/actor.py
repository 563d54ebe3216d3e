"""The actor that holds the model; Ray pins it to its GPU."""

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
    """The seconds and batches that the attribution of a shard took, and the worker (host:process) that did it."""

    seconds: float
    batches: int
    worker: str


class AttributionActor:
    """Attributes one shard at a time, with a model that its process loads once."""

    def __init__(self, job: Job, threads: int | None) -> None:
        self._job = job
        self._threads = threads
        self._explainer: Explainer | None = None

    def load(self) -> ModelInfo:
        """Load and check the job's model.

        Raises:
            CamlodeError: the model cannot be used; the message names the host.
        """
        try:
            return self._load_explainer().model_info
        except CamlodeError as error:
            if len(ray.nodes()) == 1:  # type: ignore[no-untyped-call]
                raise
            node = f"on node {socket.gethostname()}, where as on every other the model's files must be"
            raise type(error)(f"{error} ({node})") from error

    @ray.method(num_returns=2)
    def attribute(self, shard: EncodedShard) -> tuple[Importances, AttributionStats]:
        """Attribute the scores of a shard's documents to their tokens; returns the stats beside the importances."""
        explainer = self._load_explainer()
        began = time.perf_counter()
        importances = attribute(shard, explainer)
        return importances, AttributionStats(
            time.perf_counter() - began, explainer.attributor.batches, self.process_name()
        )

    def _load_explainer(self) -> Explainer:
        """Load the model on the first call: `load`, or `attribute` in a process that replaces one that died."""
        if self._explainer is None:
            restrict_to_assigned_gpus()
            from camlode.pipeline.models.runtime import start_backend

            start_backend(self._job.model.backend, threads=self._threads, seed=self._job.run.seed)
            from camlode.pipeline.explainer import open_explainer

            explainer = open_explainer(self._job)
            # The first call of a graph takes seconds, and probes how large batches may be: before shards wait for it.
            explainer.attributor.warm_up()
            self._explainer = explainer
        return self._explainer

    def process_name(self) -> str:
        """Host and process id of this actor."""
        return f"{socket.gethostname()}:{os.getpid()}"

    def gpu_ids(self) -> list[str]:
        """The ids of the GPUs that Ray has pinned this actor to."""
        return restrict_to_assigned_gpus()
