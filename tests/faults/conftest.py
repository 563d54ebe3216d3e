"""Fault scenarios: a corpus of 15 shards, workers without a model, and the store that an undisturbed run publishes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from camlode.config import Job
    from camlode.pipeline.runs.summary import MineReport

HERE = Path(__file__).parent
CHARACTERS = "水果好吃电脑很快的我买了和不"
DOCUMENTS = 180
SHARD_DOCUMENTS = 12
PATIENCE_SECONDS = 240.0


@dataclass(frozen=True)
class Corpus:
    """The folder of a job's files, and the ids of its documents by shard."""

    folder: Path
    ids: list[list[str]]

    def document(self, shard: int) -> str:
        """Return the id of a document in the middle of a shard."""
        return self.ids[shard][len(self.ids[shard]) // 2]


class FaultScenario:
    """A test's own job over the shared corpus, the orders to its workers, and its outcome."""

    def __init__(self, folder: Path, corpus: Corpus) -> None:
        self.corpus = corpus
        self.orders = folder / "orders"
        self.orders.mkdir()
        self.store_path = folder / "store.db"
        self.work_folder = folder / "work"
        self.expected_tables: dict[str, Any] = {}

    def job(self, **run: Any) -> Job:
        """Load the job, with settings of the section `run`."""
        from camlode.config import load_job

        values = {"workers": 2, "gpus_per_worker": 0.0, "work_folder": str(self.work_folder), **run}
        settings = [f"run.{name}={json.dumps(value)}" for name, value in values.items()]
        return load_job(self.corpus.folder / "job.yaml", [*settings, f"store.url={self.store_path}"])

    def mine(self, progress: Any = None, **run: Any) -> MineReport:
        """Mine in this process."""
        from camlode import mine

        return mine(self.job(**run), progress=progress)

    def start_driver(
        self, fault: str, *, joined: bool = True, corpus: Corpus | None = None, folder: Path = HERE, **run: Any
    ) -> subprocess.Popen[str]:
        """Start `camlode mine` in a new process group; `joined`: in this process's Ray rather than its own.

        `folder` is its working folder, and holds driver.py.
        """
        import ray

        address = ray.get_runtime_context().gcs_address if joined else ""
        values = {"workers": 2, "gpus_per_worker": 0.0, "work_folder": str(self.work_folder), **run}
        settings = [f"--set=run.{name}={json.dumps(value)}" for name, value in values.items()]
        job = (corpus or self.corpus).folder / "job.yaml"
        return subprocess.Popen(
            [
                sys.executable,
                str(folder / "driver.py"),
                fault,
                "mine",
                job,
                *settings,
                f"--set=store.url={self.store_path}",
            ],
            env=os.environ | {"RAY_ADDRESS": address, "ORDERS": str(self.orders)},
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def order(self, kind: str, value: str = "") -> Path:
        """Give the workers an order: see scripted_worker.ScriptedWorker."""
        path = self.orders / kind
        path.write_text(value)
        return path

    def hold(self, *shards: int) -> list[Path]:
        """Order workers to wait at these shards until the returned files are deleted."""
        return [self.order(f"wait.{self.corpus.document(shard)}") for shard in shards]

    def attempts(self, shard: int) -> list[int]:
        """List the processes that have started to attribute a shard, in order."""
        log = self.orders / "attributed.log"
        lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
        return [int(process) for first, process, _ in lines if first in self.corpus.ids[shard]]

    def started_processes(self) -> list[int]:
        """List the processes that have started any shard, in order."""
        log = self.orders / "attributed.log"
        return [int(line.split()[1]) for line in log.read_text().splitlines()] if log.exists() else []

    def wait_for_work(self, *shards: int) -> list[int]:
        """Wait until each of these shards is being attributed; returns the processes that do it."""
        self.wait_until(lambda: all(map(self.attempts, shards)))
        return [self.attempts(shard)[-1] for shard in shards]

    def kill(self, *processes: int) -> None:
        """Kill processes as the kernel does when memory runs out."""
        for process in processes:
            with suppress(ProcessLookupError):  # it may have ended by itself
                os.kill(process, signal.SIGKILL)

    def wait_until(self, condition: Callable[[], Any]) -> None:
        """Wait for a condition to become true."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "the condition did not become true"
            time.sleep(0.02)

    @contextmanager
    def run_concurrently(self, action: Callable[[], Any]) -> Iterator[None]:
        """Run an action while the context's body runs; raises its error at the end."""
        with ThreadPoolExecutor(1) as threads:
            doing = threads.submit(action)
            yield
            doing.result()

    def file(self, kind: str, name: str) -> Path:
        """Return the path of a file in the only run's folder."""
        return Path(self.run["folder"]) / kind / name

    @property
    def run(self) -> dict[str, Any]:
        """The row of the only run."""
        from camlode.sql import PatternStore

        (row,) = PatternStore(self.store_path).rows("runs")
        return row

    def shards(self, state: str | None = None) -> list[dict[str, Any]]:
        """The ledger of the only run."""
        from camlode.sql import PatternStore

        return PatternStore(self.store_path).rows("shards", run=1, state=state)

    def published(self) -> dict[str, Any]:
        """Everything that the run has published, without its number."""
        from camlode.sql import PatternStore, RunCounts

        store = PatternStore(self.store_path)
        tables: dict[str, Any] = {
            name: [row | {"run": 0} for row in store.rows(name)]
            for name in ("labels", "patterns", "examples", "rejects")
        }
        counts = {field.name: self.run[field.name] for field in fields(RunCounts)}
        return tables | {"counts": counts}

    def check(self) -> None:
        """Assert that the run is complete and has published what an undisturbed run publishes."""
        assert self.run["status"] == "complete"
        assert {row["state"] for row in self.shards()} == {"done"}
        assert self.published() == self.expected_tables


def record(number: int) -> str:
    """Make a line of the corpus; some are broken, empty, longer than the model's input, or have a duplicate id."""
    if number % 40 == 17:
        return '{"id": "broken", "text": 水果}'
    size = 0 if number % 30 == 7 else 30 if number % 25 == 3 else 4 + number * 7 % 8
    text = "".join(CHARACTERS[(number * 31 + place * place * 5 + place) % len(CHARACTERS)] for place in range(size))
    return json.dumps({"id": f"d{1 if number % 60 == 59 else number:04}", "text": text}, ensure_ascii=False)


@pytest.fixture(scope="session")
def make_corpus(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Corpus]:
    """Writes a corpus of these lines with a vocabulary, a placeholder for the model, and a job file."""
    from camlode.config import load_job
    from camlode.pipeline.stages.plan import find_files, plan_shards
    from camlode.pipeline.stages.read import read_shard

    def make(lines: list[str], shard_documents: int = SHARD_DOCUMENTS) -> Corpus:
        folder = tmp_path_factory.mktemp("corpus")
        (folder / "corpus.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / "vocabulary.txt").write_text("\n".join(["<PAD>", "<UNK>", *CHARACTERS]), encoding="utf-8")
        (folder / "model.keras").write_text("not loaded")
        values = {
            "corpus": {"paths": "corpus.jsonl", "id": "id"},
            "model": {"path": "model.keras", "labels": ["食物", "数码"]},
            "tokenizer": {"vocabulary": "vocabulary.txt"},
            "fragments": {"unit": "char"},
            "run": {"shard_documents": shard_documents},
        }
        (folder / "job.yaml").write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
        job = load_job(folder / "job.yaml")
        shards = plan_shards(find_files(job.corpus.paths), job.corpus, shard_documents)
        ids = [read_shard(shard, job.corpus).documents["id"].to_pylist() for shard in shards]
        return Corpus(folder, ids)

    return make


@pytest.fixture(scope="session")
def corpus(make_corpus: Callable[..., Corpus]) -> Corpus:
    return make_corpus([record(number) for number in range(DOCUMENTS)])


@pytest.fixture(scope="session")
def scripted_worker(ray_with_gpus: None) -> type:
    """The class of the workers. It is pickled by value, since Ray's processes cannot import it."""
    import ray

    sys.path.insert(0, str(HERE))
    import scripted_worker as module

    ray.cloudpickle.register_pickle_by_value(module)
    return module.ScriptedWorker


@pytest.fixture
def make_scenario(
    scripted_worker: type, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Corpus], FaultScenario]:
    """Makes a scenario over a corpus, in a new folder."""
    import camlode.workers.scheduler

    monkeypatch.setattr(camlode.workers.scheduler, "AttributionActor", scripted_worker)
    return lambda corpus: FaultScenario(tmp_path_factory.mktemp("scene"), corpus)


@pytest.fixture(scope="session")
def expected_tables(scripted_worker: type, corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The tables that an undisturbed run over the corpus publishes."""
    import camlode.workers.scheduler

    scenario = FaultScenario(tmp_path_factory.mktemp("undisturbed"), corpus)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(camlode.workers.scheduler, "AttributionActor", scripted_worker)
        scenario.mine()
    return scenario.published()


@pytest.fixture
def scenario(
    make_scenario: Callable[[Corpus], FaultScenario], corpus: Corpus, expected_tables: dict[str, Any]
) -> FaultScenario:
    """A job over the corpus, to inject faults into."""
    made = make_scenario(corpus)
    made.expected_tables = expected_tables
    return made
