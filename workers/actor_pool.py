"""A run's attributors: which of them are ready, and which have still to load the model, at first or after a death."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import ray

from camlode.config.errors import WorkerError
from camlode.workers.failures import to_camlode_error

if TYPE_CHECKING:
    from camlode.config import Job
    from camlode.pipeline.models.classifier import ModelInfo
    from camlode.workers.cluster import Resources

STRAGGLER_SECONDS = 5.0
"""How long the first attributor that is ready waits for the others before work begins."""

RETRY_SECONDS = 1.0
"""When to ask one again that was not there: one that died is on its way back, or waits for a place."""


class ActorPool:
    """Starts `resources.workers` actors of the class `actor`, and again each one that dies.

    They are numbered from 0; `ready` are those that can be given work, `loading` the references by which each of the
    others will say that it can.
    """

    def __init__(self, job: Job, resources: Resources, actor: type) -> None:
        # An attributor on CPUs keeps none from reading and extracting: it is counted by its threads.
        options: dict[str, Any] = {
            "num_cpus": resources.cpus_per_worker,
            "num_gpus": resources.gpus_per_worker,
            # Ray spreads over the nodes only what asks for something: here for a byte.
            "memory": 1,
            "scheduling_strategy": "SPREAD",
            # One that dies comes back, here or on another node, and loads its model anew.
            "max_restarts": -1,
        }
        actor_class: Any = ray.remote(actor)
        self._start_seconds = job.run.start_seconds
        self._actors = [actor_class.options(**options).remote(job, resources.threads) for _ in range(resources.workers)]
        self._loading: dict[Any, int] = {}
        self._ready: set[int] = set()
        self._absent: dict[int, float] = {}
        self._last_ready = time.monotonic()
        for worker in range(resources.workers):
            self._load(worker)

    @property
    def ready(self) -> list[int]:
        """The attributors that have loaded their model."""
        return sorted(self._ready)

    @property
    def loading(self) -> list[Any]:
        """A reference for each of the others, to be given to `finish_loading` when it is there."""
        return [*self._loading]

    def wait_until_ready(self) -> ModelInfo:
        """Waits until some are ready, and says what their model is like.

        Raises:
            CamlodeError: the model cannot be used, or no attributor can start.
        """
        model_info = None
        while model_info is None:
            model_info = self._wait_for_one(RETRY_SECONDS)
        while self._loading and self._wait_for_one(STRAGGLER_SECONDS) is not None:
            pass
        return model_info

    def finish_loading(self, reference: Any) -> ModelInfo | None:
        """Notes that one of `loading` is ready; None where it is not there yet, and will be asked again.

        Raises:
            CamlodeError: it could not load its model.
        """
        worker = self._loading.pop(reference)
        try:
            model_info: ModelInfo = ray.get(reference)
        except ray.exceptions.RayTaskError as error:
            raise to_camlode_error(error) from error
        except ray.exceptions.RayError:
            self._absent[worker] = time.monotonic() + RETRY_SECONDS
            return None
        self._ready.add(worker)
        return model_info

    def check(self) -> None:
        """Asks those again that were not there; a WorkerError where none has been ready for `run.start_seconds`."""
        now = time.monotonic()
        for worker in [worker for worker, retry_at in self._absent.items() if retry_at <= now]:
            del self._absent[worker]
            self._load(worker)
        if self._ready:
            self._last_ready = now
        elif now - self._last_ready > self._start_seconds:
            raise WorkerError(
                f"no attributor has been ready for run.start_seconds ({self._start_seconds:g}): the cluster has no room for "
                "one with run.gpus_per_worker, or each dies while it loads the model, for want of memory perhaps; free "
                "the cluster, or ask for fewer run.workers"
            )

    def attribute(self, worker: int, encoded: Any) -> Any:
        """References to the importances of an encoded shard, and to what finding them out took."""
        return self._actors[worker].attribute.remote(encoded)

    def restart(self, worker: int) -> None:
        """Ends an attributor's process; another comes in its place."""
        ray.kill(self._actors[worker], no_restart=False)
        self.mark_lost(worker)

    def mark_lost(self, worker: int) -> None:
        """Notes that an attributor may have died: it is not ready until it says so again."""
        if worker in self._ready:
            self._ready.remove(worker)
            self._load(worker)

    def call_all(self, method: str) -> list[Any]:
        """What each attributor's method `method` answers."""
        return list(ray.get([getattr(actor, method).remote() for actor in self._actors]))

    def close(self) -> None:
        """Ends all, so that their GPUs are free at once."""
        for actor in self._actors:
            ray.kill(actor)

    def _load(self, worker: int) -> None:
        self._loading[self._actors[worker].load.remote()] = worker

    def _wait_for_one(self, seconds: float) -> ModelInfo | None:
        """Waits for one more to be ready; None where none is after `seconds`."""
        began = time.monotonic()
        done, _ = ray.wait(self.loading, num_returns=1, timeout=seconds) if self._loading else ([], [])
        model_info = self.finish_loading(done[0]) if done else None
        if not self._loading and model_info is None:
            time.sleep(max(0.0, began + seconds - time.monotonic()))
        self.check()
        return model_info
