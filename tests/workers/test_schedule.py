from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from config import Job, ModelError, load_job
from pipeline.records import CorpusFile, Counts
from pipeline.stages.plan import find_files, plan_shards
from workers import Failure, Outcome, Resources, WorkerPool
from workers.context import Context

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("ray_with_gpus")

TEXTS = ["我买了水果", "电脑很快", "水果和电脑", "不好"] * 8


@pytest.fixture
def job(write_job: Callable[..., Path]) -> Job:
    return load_job(write_job({"id": str(i), "text": text} for i, text in enumerate(TEXTS)))


def all_shards(job: Job) -> Any:
    return plan_shards(find_files(job.corpus.paths), job.corpus, job.run.shard_documents)


def test_attributors_are_pinned_to_gpus_of_their_own(job: Job, tmp_path: Path) -> None:
    with WorkerPool(job, Resources(2, 1.0, None, 2)) as pool:
        assert sorted(pool.gpu_ids()) == [["0"], ["1"]]


def test_a_shard_that_fails_is_told_and_the_others_go_on(job: Job, tmp_path: Path) -> None:
    shards = list(all_shards(job))
    shards[1] = replace(shards[1], file=CorpusFile(str(tmp_path / "gone.jsonl"), 10))
    with WorkerPool(job, Resources(1, 0.0, 1, 2)) as pool:
        outcomes = list(pool.run(Context("other", job, pool.facts, str(tmp_path / "work"), 1), shards))
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert [failure.shard.number for failure in failed] == [1]
    assert "gone.jsonl" in failed[0].reason
    assert len(outcomes) == len(shards)


def test_a_mistake_found_by_a_worker_is_raised_as_it_was_there(job: Job) -> None:
    wrong = job.model_copy(update={"model": job.model.model_copy(update={"labels": ["a", "b", "c"]})})
    with pytest.raises(ModelError, match="has 3 labels, but the model has 2 outputs"):
        WorkerPool(wrong, Resources(1, 0.0, 1, 2))


def test_every_shard_comes_out_once_though_an_attributor_is_killed(job: Job, tmp_path: Path) -> None:
    shards = all_shards(job)
    with WorkerPool(job, Resources(2, 0.0, 1, 2)) as pool:
        before = pool.processes()
        running = pool.run(Context("killed", job, pool.facts, str(tmp_path / "work"), 1), shards)
        outcomes = [next(running)]
        os.kill(before[0], signal.SIGKILL)
        outcomes += running
    assert all(isinstance(outcome, Outcome) for outcome in outcomes)
    assert sorted(outcome.shard.number for outcome in outcomes) == [shard.number for shard in shards]
    total = sum((outcome.counts for outcome in outcomes if isinstance(outcome, Outcome)), Counts())
    assert (total.read, total.explained, total.pairs) == (32, 32, 32)


def test_a_shard_that_kills_every_attributor_fails_alone(job: Job, tmp_path: Path) -> None:
    # Of three shards only the first has a text that kills.
    deadly = TEXTS[:7] + ["不好"] * 14
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text(
        "".join(f'{{"id": "{i}", "text": "{text}"}}\n' for i, text in enumerate(deadly)), encoding="utf-8"
    )
    shards = all_shards(job)
    with WorkerPool(_deadly(job, tmp_path), Resources(1, 0.0, 1, 2)) as pool:
        context = Context("deadly", job, pool.facts, str(tmp_path / "work"), 1)
        outcomes = list(pool.run(context, shards))
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert len(shards) == len(outcomes) == 3
    assert [(failure.shard.number, failure.of_machine) for failure in failed] == [(0, True)]
    assert failed[0].reason.startswith("lost its worker 2 times: ")


_DEADLY = """
import os
import keras
import numpy as np
import tensorflow as tf


class Deadly(keras.layers.Layer):
    def call(self, ids):
        return tf.ensure_shape(tf.py_function(checked, [ids], tf.int32), ids.shape)


def checked(ids):
    if (ids.numpy()[:, :4] == [6, 7, 8, 9]).all(axis=1).any():
        os._exit(9)
    return ids
"""


def _deadly(job: Job, folder: Path) -> Job:
    """The same job, its model behind a layer that ends its process when it reads 电脑很快."""
    (folder / "deadly.py").write_text(_DEADLY, encoding="utf-8")
    script = (
        "import sys; sys.path.insert(0, '.'); import keras, deadly; "
        "toy = keras.models.load_model(sys.argv[1]); ids = keras.Input((8,), dtype='int32'); "
        "keras.Model(ids, toy(deadly.Deadly()(ids))).save('deadly.keras')"
    )
    subprocess.run([sys.executable, "-c", script, job.model.path], cwd=folder, check=True, capture_output=True)
    changes = {"path": str(folder / "deadly.keras"), "custom_objects": ["deadly:Deadly"]}
    run = job.run.model_copy(update={"attempts": 2})
    return job.model_copy(update={"model": job.model.model_copy(update=changes), "run": run})
