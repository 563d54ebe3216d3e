"""A worker without a model: importances by arithmetic on token ids, and faults that the test orders."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import ray

from camlode.config import read_labels
from camlode.pipeline.importance_unit import IMPORTANCE_UNIT
from camlode.pipeline.models.classifier import ModelInfo
from camlode.pipeline.records import Importances
from camlode.workers.actor import AttributionStats

if TYPE_CHECKING:
    import numpy.typing as npt

    from camlode.config import Job
    from camlode.pipeline.records import EncodedShard

LENGTH = 12
ONE_LOGIT = round(1 / IMPORTANCE_UNIT)
POLL_SECONDS = 0.02


class ScriptedWorker:
    """Has the methods of camlode.workers.actor.AttributionActor.

    Orders are files in the folder `orders` beside the work folder. `wait.ID` delays the shard with that document until
    the file is deleted, `kill.ID` kills the process at it. `sleep` holds the seconds that each shard takes, `sleep.7`
    those of shards whose first document's id ends in 7.
    """

    def __init__(self, job: Job, _threads: int | None) -> None:
        self._labels = read_labels(job.model)
        self._orders = Path(job.run.work_folder).parent / "orders"

    def load(self) -> ModelInfo:
        return ModelInfo(self._labels, ("scripted",), "softmax", LENGTH, None, "never cut", "logits")

    @ray.method(num_returns=2)
    def attribute(self, shard: EncodedShard) -> tuple[Importances, AttributionStats]:
        began = time.perf_counter()
        self._follow_orders(shard.documents["id"].to_pylist())
        return importances(shard), AttributionStats(time.perf_counter() - began, 1, self.process_name())

    def process_name(self) -> str:
        return f"{socket.gethostname()}:{os.getpid()}"

    def gpu_ids(self) -> list[str]:
        return []

    def _follow_orders(self, ids: list[str]) -> None:
        with (self._orders / "attributed.log").open("a") as log:
            log.write(f"{ids[0]} {os.getpid()} {ray.get_runtime_context().get_node_id()}\n")
        pace = self._orders / f"sleep.{ids[0][-1]}"
        pace = pace if pace.exists() else self._orders / "sleep"
        time.sleep(float(pace.read_text()) if pace.exists() else 0)
        for order in self._orders.glob("*.*"):
            kind, _, document = order.name.partition(".")
            if kind == "kill" and document in ids:
                os.kill(os.getpid(), signal.SIGKILL)
            while kind == "wait" and document in ids and order.exists():
                time.sleep(POLL_SECONDS)


def importances(shard: EncodedShard) -> Importances:
    """Give each text the label with the larger sum; a token's importance, -1 to 3 logits, depends on id and label."""
    tokens = shard.tokens
    ids = tokens.ids.astype(np.int64)
    token_logits = np.stack([ids * 7 % 5 - 1, ids * 3 % 5 - 1])
    labels = np.add.reduceat(token_logits, tokens.offsets[:-1], axis=1).argmax(axis=0)
    documents = np.arange(len(labels), dtype=np.int32)
    chosen: npt.NDArray[np.int64] = token_logits[np.repeat(labels, np.diff(tokens.offsets)), np.arange(len(ids))]
    return Importances(
        documents=documents,
        labels=labels.astype(np.int32),
        probabilities=np.full(len(labels), 0.75, np.float32),
        values=chosen * ONE_LOGIT,
        offsets=tokens.offsets,
        padding=np.ones(len(labels), np.int64),
        residuals=np.full(len(labels), 0.5, np.float32),
        invalid=np.zeros(0, np.int32),
    )
