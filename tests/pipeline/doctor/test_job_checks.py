from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import load_job
from camlode.pipeline.doctor.job_checks import check_job, check_job_files, check_store, required_extras
from camlode.sql import PatternStore
from camlode.sql.revision import REVISION

if TYPE_CHECKING:
    from pathlib import Path


def test_a_job_that_is_right(unloaded_job: Path) -> None:
    job, found = check_job(unloaded_job, ["run.workers=2"])
    assert job is not None
    assert job.run.workers == 2
    assert (found.state, found.found, found.fails) == ("ok", f"{unloaded_job} is valid", False)
    assert [(each.state, each.found) for each in check_job_files(job)] == [
        ("ok", "1 file"),
        ("ok", "model, labels and tokenizer can be read"),
    ]


def test_a_job_that_is_wrong_is_a_line(unloaded_job: Path) -> None:
    job, found = check_job(unloaded_job, ["run.wrokers=2", "run.seed=x"])
    assert job is None
    assert (found.state, found.fails) == ("problem", True)
    assert "did you mean run.workers?" in found.found
    assert "run.seed" in found.found
    assert "\n" not in found.found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("corpus.paths=gone.jsonl", "gone.jsonl does not exist"),
        ("model.path=gone.keras", "gone.keras cannot be read"),
        ("tokenizer.vocabulary=gone.txt", "gone.txt cannot be read"),
    ],
)
def test_a_file_that_is_not_there(unloaded_job: Path, change: str, words: str) -> None:
    *_, found = check_job_files(load_job(unloaded_job, [change]))
    assert (found.state, found.fails) == ("problem", True)
    assert words in found.found


@pytest.mark.parametrize(
    ("changes", "extras"),
    [
        ([], set()),
        (["model.backend=jax", "store.url=postgresql://anna@host/db"], {"jax", "postgres"}),
        (["tokenizer.name=sentencepiece", "tokenizer.vocabulary=null", "tokenizer.path=p.model"], {"sentencepiece"}),
    ],
)
def test_extras_that_a_job_needs(unloaded_job: Path, changes: list[str], extras: set[str]) -> None:
    assert required_extras(load_job(unloaded_job, changes)) == extras


def test_a_store_that_is_there_and_one_that_is_not(tmp_path: Path) -> None:
    path = str(tmp_path / "patterns.db")
    assert check_store(path, from_job=False)[1:4] == (
        "missing",
        f"there is no store at {path}",
        "camlode mine JOB makes one",
    )
    assert check_store(path, from_job=True)[1:3] == ("ok", f"{path} does not exist yet: camlode mine makes it")
    PatternStore(path, create=True)
    assert check_store(path, from_job=False)[:3] == ("store", "ok", f"{path}, revision {REVISION}")


def test_a_server_that_does_not_answer_is_told_without_its_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found: Any = check_store(f"postgresql://anna:secret@127.0.0.1:{port}/patterns", from_job=False)
    assert (found.state, found.fails) == ("problem", True)
    assert f"postgresql://anna:***@127.0.0.1:{port}/patterns" in found.found
    assert "secret" not in str(found)
    assert found.remedy


def test_a_file_that_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    found = check_store(str(tmp_path / "notes.txt"), from_job=False)
    assert (found.state, found.fails) == ("problem", True)
    assert "notes.txt" in found.found
