from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import load_job
from camlode.config.errors import CamlodeError
from camlode.config.sections import Run
from camlode.pipeline.dry_run.dry_run import Estimate, Machine, estimate_run, perform_dry_run
from camlode.pipeline.dry_run.view import dry_run_lines, dry_run_warnings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from camlode.pipeline.dry_run.dry_run import DryRunReport

# Odd ones of five tokens, 食物; even ones of four, 数码; and a line that is no JSON.
RECORDS: list[dict[str, Any] | bytes] = [
    {"id": str(number), "text": "我买了水果" if number % 2 else "电脑很快"} for number in range(20)
]
RECORDS[4] = b"broken"


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change of all that is in a folder."""
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


@pytest.fixture
def dry_run(write_job: Callable[..., Path]) -> Callable[..., tuple[DryRunReport, list[str], list[str]]]:
    """Rehearses the toy's job over records; gives what was found, the lines and the warnings."""

    def run(records: Any = RECORDS, *changes: str) -> tuple[DryRunReport, list[str], list[str]]:
        job = load_job(write_job(records), changes)
        found = perform_dry_run(job)
        return found, [*dry_run_lines(job, found)], [*dry_run_warnings(job, found)]

    return run


@pytest.fixture
def refused(dry_run: Any) -> Callable[..., str]:
    """The one line that a job's mistake is answered with."""

    def run(*changes: str, records: Any = RECORDS) -> str:
        with pytest.raises(CamlodeError) as raised:
            dry_run(records, *changes)
        assert "\n" not in str(raised.value)
        return str(raised.value)

    return run


def test_all_that_is_known_before_mining(dry_run: Any, tmp_path: Path, toy_folder: Path) -> None:
    found, lines, warnings = dry_run()
    size = (tmp_path / "corpus.jsonl").stat().st_size
    assert lines[0] == f"corpus: 1 file, {size} bytes: 20 records in 3 shards"
    assert lines[1].startswith(f"model: {toy_folder}/model.keras, 2 labels, multilabel; ready in ")
    assert lines[2].startswith(
        "explaining conv by grad-cam; the score is the input of the sigmoid; batches are trimmed"
    )
    assert lines[3] == "tokenizer: char; of 10 documents 4 to 5 tokens, 0.0% of them unknown, 0 truncated to 8"
    assert lines[4].startswith("sample: 20 records: 19 explained, 1 rejected, 4 fragments; ")
    assert lines[5] == "rejected as broken_json: 1 of 20"
    assert lines[6].startswith("estimate: about ")
    assert lines[7] == (
        f"would write: a new run in {tmp_path}/patterns.db, which would be created, and its files in "
        f"{tmp_path}/.camlode"
    )
    assert len(lines) == 8
    assert warnings == []
    assert found.sample.stages.keys() == {"read", "encode", "attribute", "extract"}
    assert all(seconds > 0 for seconds in found.sample.stages.values())


def test_nothing_is_written_and_each_step_is_announced(write_job: Callable[..., Path], tmp_path: Path) -> None:
    job = load_job(write_job(RECORDS))
    before, steps = snapshot(tmp_path), []
    perform_dry_run(job, on_step=steps.append)
    assert snapshot(tmp_path) == before
    assert steps == ["planning shards", "loading the model", "reading a sample", "explaining the sample"]


def test_a_vocabulary_of_another_model_is_warned_of(dry_run: Any, tmp_path: Path) -> None:
    # Of 我买了水果 and 电脑很快, 买 and 很 alone are in it.
    (tmp_path / "other.txt").write_text("<PAD>\n<UNK>\n买\n很\n")
    _, lines, warnings = dry_run(RECORDS[5:7], f"tokenizer.vocabulary={tmp_path}/other.txt")
    assert "4 to 5 tokens, 77.8% of them unknown" in lines[3]  # 7 of 9
    assert warnings == [
        "78% of the tokens are unknown to the vocabulary: is it the one that the model was trained with, and char how "
        "its texts were tokenized?"
    ]


def test_texts_that_are_all_truncated_are_warned_of(dry_run: Any) -> None:
    _, lines, warnings = dry_run([{"id": "a", "text": "水果" * 9}, {"id": "b", "text": "电脑" * 5}])
    assert "of 2 documents 8 to 8 tokens, 0.0% of them unknown, 2 truncated to 8" in lines[3]
    assert warnings == ["every text is truncated to 8 tokens, which is all that the model reads"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("model.path=gone.keras", "gone.keras: no such model file; set model.path to a .keras or .h5 file"),
        ("model.layers=[cnv]", "did you mean 'conv'?"),
        ("model.labels=[a, b, c]", "3 labels"),
        ("corpus.paths=gone.jsonl", "gone.jsonl does not exist"),
        ("store.url=gone/patterns.db", "gone does not exist: make it, or name another"),
        ("store.url=mysql://anna:secret@host/db", "mysql://anna:***@host/db: stores are kept in SQLite or PostgreSQL"),
        ("run.work_folder=job.yaml/work", "job.yaml is a file, so no folder can be made at"),
        ("run.work_folder=nosuch://work", "run.work_folder: cannot open nosuch://work"),
        ("attribution.method=text-grad-cam", "attribution.method: text-grad-cam divides each text's scores"),
    ],
)
def test_a_mistake_in_the_job_is_one_line(refused: Any, change: str, words: str) -> None:
    assert words in refused(change)


def test_a_vocabulary_larger_than_the_models_is_refused(refused: Any, tmp_path: Path, toy_folder: Path) -> None:
    tokens = (toy_folder / "vocabulary.txt").read_text(encoding="utf-8")
    (tmp_path / "larger.txt").write_text(f"{tokens}大\n", encoding="utf-8")
    assert "15" in refused(f"tokenizer.vocabulary={tmp_path}/larger.txt")


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([b""], "there is no record in"),
        ([b"broken", b"[1]"], "all 2 were rejected (1 as broken_json, 1 as not_an_object); check corpus.text and the"),
        ([{"id": "a", "text": " "}], "all 1 were rejected (1 as blank_text); check corpus.text and the tokenizer"),
    ],
)
def test_a_corpus_without_anything_to_explain_is_refused(refused: Any, records: Any, words: str) -> None:
    assert words in refused(records=records)


def test_a_server_that_does_not_answer_is_told_without_its_password(refused: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    line = refused(f"store.url=postgresql://anna:secret@127.0.0.1:{port}/patterns")
    assert f"postgresql://anna:***@127.0.0.1:{port}/patterns" in line
    assert "secret" not in line


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_work_folder_that_may_not_be_written_is_told(refused: Any, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "locked may not be written" in refused("run.work_folder=locked/work")


def test_an_estimate_counts_the_corpus_and_not_the_sample(dry_run: Any) -> None:
    records = [{"id": str(number), "text": "电脑很快"} for number in range(2000)]
    found, lines, _ = dry_run(records, "run.shard_documents=100")
    # 20 shards, of which the first, the middle and the last are read: 300 of about 300 records.
    assert found.corpus.shards == 20
    assert not found.exact
    assert found.records == pytest.approx(2000, rel=0.02)
    assert found.sample.counts.read == pytest.approx(300, abs=6)
    assert "about " in lines[0]
    seconds = sum(found.sample.stages.values()) + found.sample.stages["read"]
    assert found.estimate.seconds < found.records * seconds
    assert found.estimate.seconds > found.records * found.sample.stages["attribute"]


# Milliseconds a record.
STAGES = {"read": 0.001, "encode": 0.002, "attribute": 0.010, "extract": 0.003}


@pytest.mark.parametrize(
    ("machine", "workers", "match", "seconds", "attribution"),
    [
        # Without GPUs one after the other: 1,000 × 6 ms on the CPUs, 1,000 × 10 ms of attribution.
        (Machine(1, 0), None, False, 16.0, 10 / 16),
        (Machine(2, 0), None, False, 13.0, 10 / 13),
        # Matching reads once more: 7 ms.
        (Machine(2, 0), None, True, 13.5, 10 / 13.5),
        # Beside GPUs the CPUs work for themselves: the slower of the two.
        (Machine(2, 1), None, False, 10.0, 1.0),
        (Machine(2, 4), None, False, 3.0, 2.5 / 3.0),
        (Machine(6, 4), 2, False, 5.0, 1.0),
        (Machine(2, 1), 8, False, 10.0, 1.0),
        # Attributors on CPUs have all of them, however many they are.
        (Machine(2, 0), 2, False, 13.0, 10 / 13),
    ],
)
def test_seconds_by_hand(
    machine: Machine, workers: int | None, match: bool, seconds: float, attribution: float
) -> None:
    found = estimate_run(STAGES, 1000, Run(workers=workers), machine, match=match)
    assert found == Estimate(pytest.approx(seconds), pytest.approx(attribution), machine)


def test_nothing_takes_no_time() -> None:
    found = estimate_run(dict.fromkeys(STAGES, 0.0), 1000, Run(), Machine(1, 0), match=True)
    assert (found.seconds, found.attribution) == (0.0, 0.0)
