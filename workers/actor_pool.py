"""The pool of a run's workers: which are ready, and which are loading the model, at first or after a restart."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import ray

from camlode.config.errors import WorkerError
from camlode.workers.outcomes import to_camlode_error

if TYPE_CHECKING:
    from camlode.config import Job
    from camlode.pipeline.models.classifier import ModelInfo
    from camlode.workers.cluster import Resources

STRAGGLER_SECONDS = 5.0
"""How long the pool waits for each further worker once the first one is ready."""

RETRY_SECONDS = 1.0
"""When to ask an unavailable worker to load again: Ray is restarting it, or it waits for free resources."""


class ActorPool:
    """`resources.workers` actors of the class `actor`, numbered from 0; Ray restarts each one that dies.

    A worker is in one of three states: ready; loading, with a reference that resolves once its model is loaded; or
    unavailable, until it is asked to load again.
    """

    def __init__(self, job: Job, resources: Resources, actor: type) -> None:
        # On CPUs, 0: attribution shares the cores with reading and extraction, and its thread count limits its CPU use.
        options: dict[str, Any] = {
            "num_cpus": resources.cpus_per_worker,
            "num_gpus": resources.gpus_per_worker,
            # SPREAD applies only to actors that request a resource: one byte of memory.
            "memory": 1,
            "scheduling_strategy": "SPREAD",
            # Ray restarts a dead actor without limit, here or on another node. It then loads its model again.
            "max_restarts": -1,
        }
        actor_class: Any = ray.remote(actor)
        self._start_seconds = job.run.start_seconds
        self._actors = [actor_class.options(**options).remote(job, resources.threads) for _ in range(resources.workers)]
        self._loading: dict[Any, int] = {}
        self._ready: set[int] = set()
        self._unavailable: dict[int, float] = {}
        self._last_ready = time.monotonic()
        for worker in range(resources.workers):
            self._load(worker)

    @property
    def ready(self) -> list[int]:
        """The workers that have loaded their model, and take shards."""
        return sorted(self._ready)

    @property
    def loading(self) -> list[Any]:
        """A reference for each loading worker; pass it to `finish_loading` once it has resolved."""
        return [*self._loading]

    def wait_until_ready(self) -> ModelInfo:
        """Wait for the first worker, and STRAGGLER_SECONDS for each further one; returns the model's info.

        Raises:
            CamlodeError: the model cannot be used, or no worker can start.
        """
        model_info = None
        while model_info is None:
            model_info = self._wait_for_one(RETRY_SECONDS)
        while self._loading and self._wait_for_one(STRAGGLER_SECONDS) is not None:
            pass
        return model_info

    def finish_loading(self, reference: Any) -> ModelInfo | None:
        """Mark the worker of a resolved `loading` reference as ready; None if it died, and will be asked again.

        Raises:
            CamlodeError: it could not load its model.
        """
        worker = self._loading.pop(reference)
        try:
            model_info: ModelInfo = ray.get(reference)
        except ray.exceptions.RayTaskError as error:
            raise to_camlode_error(error) from error
        except ray.exceptions.RayError:
            self._unavailable[worker] = time.monotonic() + RETRY_SECONDS
            return None
        self._ready.add(worker)
        return model_info

    def check(self) -> None:
        """Ask unavailable workers to load again once RETRY_SECONDS have passed.

        Raises:
            WorkerError: no worker has been ready for `run.start_seconds`.
        """
        now = time.monotonic()
        for worker in [worker for worker, retry_at in self._unavailable.items() if retry_at <= now]:
            del self._unavailable[worker]
            self._load(worker)
        if self._ready:
            self._last_ready = now
        elif now - self._last_ready > self._start_seconds:
            raise WorkerError(
                f"no worker has been ready for run.start_seconds ({self._start_seconds:g}): the cluster has no free "
                "run.gpus_per_worker, or each worker dies while it loads the model, perhaps because memory runs out; "
                "free the cluster, or set fewer run.workers"
            )

    def attribute(self, worker: int, encoded: Any) -> Any:
        """Start the attribution of an encoded shard; returns references to its importances and stats."""
        return self._actors[worker].attribute.remote(encoded)

    def restart(self, worker: int) -> None:
        """Kill a worker's process; Ray starts another one in its place."""
        ray.kill(self._actors[worker], no_restart=False)
        self.mark_lost(worker)

    def mark_lost(self, worker: int) -> None:
        """Ask a worker that may have died to load again: it is not ready until it has answered."""
        if worker in self._ready:
            self._ready.remove(worker)
            self._load(worker)

    def call_all(self, method: str) -> list[Any]:
        """Call the method `method` of every worker, and return the results."""
        return list(ray.get([getattr(actor, method).remote() for actor in self._actors]))

    def close(self) -> None:
        """Kill all workers, so that their GPUs are free at once."""
        for actor in self._actors:
            ray.kill(actor)

    def _load(self, worker: int) -> None:
        self._loading[self._actors[worker].load.remote()] = worker

    def _wait_for_one(self, seconds: float) -> ModelInfo | None:
        """Wait at most `seconds` for one more worker to become ready; None if none has."""
        began = time.monotonic()
        done, _ = ray.wait(self.loading, num_returns=1, timeout=seconds) if self._loading else ([], [])
        model_info = self.finish_loading(done[0]) if done else None
        if not self._loading and model_info is None:
            time.sleep(max(0.0, began + seconds - time.monotonic()))
        self.check()
        return model_info
