from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest

from camlode.config import Job, parse_job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any


@pytest.mark.parametrize(
    ("override", "read", "expected"),
    [
        ("corpus.paths=[a/*.csv, ../b]", lambda job: job.corpus.paths, ["{}/a/*.csv", "{}/../b"]),
        ("model.path=m.keras", lambda job: [job.model.path], ["{}/m.keras"]),
        ("model.labels=labels.txt", lambda job: [job.model.labels], ["{}/labels.txt"]),
        ("tokenizer.dictionary=words.txt", lambda job: [job.tokenizer.dictionary], ["{}/words.txt"]),
        ("store.url=out/p.db", lambda job: [job.store.url], ["{}/out/p.db"]),
        ("run.work_folder=work", lambda job: [job.run.work_folder], ["{}/work"]),
    ],
)
def test_relative_paths_count_from_the_job_file(
    load: Callable[..., Job],
    tmp_path: Path,
    override: str,
    read: Callable[[Job], list[str]],
    expected: list[str],
) -> None:
    assert read(load(override)) == [path.format(tmp_path) for path in expected]


def test_a_layer_file_counts_from_the_job_file(load: Callable[..., Job], tmp_path: Path) -> None:
    job = load("tokenizer.name=vectorizer", "tokenizer.vocabulary=", "tokenizer.path=v.keras")
    assert job.tokenizer.path == f"{tmp_path}/v.keras"


@pytest.mark.parametrize("url", ["s3://bucket/a.csv", "simplecache::s3://bucket/a.csv", "/data/a.csv"])
def test_urls_and_absolute_paths_stay(load: Callable[..., Job], url: str) -> None:
    assert load(f"corpus.paths='{url}'").corpus.paths == [url]


@pytest.mark.parametrize("url", ["sqlite:///x.db", "postgresql+psycopg://user@host/db"])
def test_database_urls_stay(load: Callable[..., Job], url: str) -> None:
    assert load(f"store.url={url}").store.url == url


def test_a_tilde_is_the_home_folder(load: Callable[..., Job], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert load("model.path=~/m.keras").model.path == "/home/someone/m.keras"


def test_labels_in_a_list_are_no_paths(load: Callable[..., Job]) -> None:
    assert load("model.labels=[a, b]").model.labels == ["a", "b"]


def test_the_folder_is_where_the_job_file_lies(load: Callable[..., Job], tmp_path: Path) -> None:
    assert load().folder == tmp_path


def test_the_folder_is_no_part_of_the_values(load: Callable[..., Job]) -> None:
    assert [*load().model_dump()] == [
        "corpus", "model", "tokenizer", "attribution", "fragments", "patterns", "store", "run"
    ]  # fmt: skip


def test_a_job_survives_its_way_to_a_worker(load: Callable[..., Job], tmp_path: Path) -> None:
    copy = pickle.loads(pickle.dumps(load()))
    assert (copy, copy.folder) == (load(), tmp_path)


def test_a_relative_folder_counts_from_the_current_one(
    values: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_job(values, "sub").model.path == f"{tmp_path}/sub/model.keras"
