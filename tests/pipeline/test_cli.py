from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]

RECORDS: list[dict[str, Any] | bytes] = [
    {"id": "a", "text": "我买了水果"},
    {"id": "b", "text": "电脑 <b>很快</b> [red]"},
    b"broken",
]


@pytest.fixture(scope="module")
def mined(tmp_path_factory: pytest.TempPathFactory, toy_folder: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder whose job has been mined by the command, and the command's process."""
    folder = tmp_path_factory.mktemp("mined")
    lines = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in RECORDS]
    (folder / "corpus.jsonl").write_bytes(b"\n".join(lines))
    (folder / "job.yaml").write_text(
        f"corpus: {{paths: corpus.jsonl, id: id}}\n"
        f"model: {{path: {toy_folder}/model.keras, labels: {toy_folder}/labels.txt, task: multilabel}}\n"
        f"tokenizer: {{vocabulary: {toy_folder}/vocabulary.txt}}\n",
        encoding="utf-8",
    )
    command = [
        sys.executable,
        "-m",
        "camlode.pipeline.cli",
        "mine",
        folder / "job.yaml",
        "--set",
        "patterns.min_documents=1",
    ]
    return folder, subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture
def run_main(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command line in this process, where TensorFlow is loaded and Ray isn't."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["camlode", *map(str, arguments)])
        with pytest.raises(SystemExit) as raised:
            main()
        said = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, int(raised.value.code or 0), said.out, said.err)

    return run


def test_mine_accounts_for_every_record_and_ends_with_zero(mined: Any) -> None:
    _, done = mined
    assert done.returncode == 0, done.stderr
    assert ": 2 explained, 1 rejected" in done.stdout
    assert "rejected as broken_json: 1" in done.stdout
    assert "explaining conv; the score is the input of the sigmoid" in done.stderr


def test_what_was_mined_is_in_the_store(mined: Any, run_main: Run) -> None:
    folder, _ = mined
    store = folder / "patterns.db"
    header, row = run_main("query", store, "--label", "食物").stdout.splitlines()
    assert header.split()[:3] == ["label", "rank", "fragment"]
    assert row.split()[:4] == ["食物", "1", "水果", "1"]
    runs = json.loads(run_main("runs", store, "--format", "json").stdout)
    assert [(each["run"], each["status"], each["documents_read"]) for each in runs] == [(1, "complete", 3)]
    rejects = json.loads(run_main("rejects", store, "1", "--format", "json").stdout)
    place = f"{folder}/corpus.jsonl:3"
    assert rejects == [{"shard": 0, "id": None, "place": place, "reason": "broken_json", "extract": "broken"}]


def test_a_job_that_is_done_is_found_within_seconds_and_without_a_model(mined: Any, camlode: Run) -> None:
    began = time.monotonic()
    done = camlode("mine", mined[0] / "job.yaml", "--set", "patterns.min_documents=1")
    assert time.monotonic() - began < 10
    first, second, *_ = done.stdout.splitlines()
    assert first.endswith("patterns.db already holds the result of this job; --fresh mines it again")
    assert second == "read 3 documents: 2 explained, 1 rejected"
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "nothing: run 1 in {}/patterns.db already holds the result of this job; --fresh mines it again"),
        (["--fresh"], "a new run in {}/patterns.db, and its files in {}/.camlode"),
        (["--set", "run.seed=7"], "nothing: run 1 in"),
        (["--set", "patterns.min_documents=2"], "a new run in"),
    ],
)
def test_a_dry_run_says_what_would_become_of_what_is_there(
    mined: Any, run_main: Run, options: list[str], told: str
) -> None:
    before = {path: path.read_bytes() for path in mined[0].rglob("*") if path.is_file()}
    done = run_main("mine", mined[0] / "job.yaml", "--dry-run", "--set", "patterns.min_documents=1", *options)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("would write: " + told.format(mined[0], mined[0]))
    assert {path: path.read_bytes() for path in mined[0].rglob("*") if path.is_file()} == before


def test_the_log_of_a_run_has_a_line_for_its_shard(mined: Any) -> None:
    (log,) = (mined[0] / ".camlode").glob("*/run.log")
    (line,) = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    assert (line["state"], line["documents"], line["rejects"]) == ("done", 3, 1)


def test_explain_prints_json_also_of_a_label_that_is_not_predicted(mined: Any, run_main: Run) -> None:
    labels = ("--label", "数码", "--label", "食物")
    done = run_main("explain", mined[0] / "job.yaml", "我买了水果", *labels, "--format", "json")
    explanation = json.loads(done.stdout)
    assert explanation["text"] == "我买了水果"
    label, other = explanation["labels"]
    assert (other["label"], other["fragments"]) == ("数码", [])
    assert other["score"] == pytest.approx(0.1192, abs=1e-4)
    assert label["label"] == "食物"
    assert label["score"] == pytest.approx(0.8808, abs=1e-4)
    assert [token["importance"] for token in label["tokens"]] == [0.0, 0.0, 0.0, 0.5, 0.5]
    assert label["fragments"] == [{"text": "水果", "start": 3, "end": 5, "importance": 1.0}]


def test_explain_shows_the_text_as_it_is_on_a_terminal(mined: Any, run_main: Run) -> None:
    done = run_main("explain", mined[0] / "job.yaml", "水果 [red]<b>")
    assert "«+++水果» [red]<b>\n" in done.stdout
    assert "食物  0.881" in done.stdout


def test_init_writes_a_starter_and_never_over_a_file(tmp_path: Path, run_main: Run) -> None:
    assert run_main("init", tmp_path / "new.yaml").returncode == 0
    assert "corpus:" in (tmp_path / "new.yaml").read_text(encoding="utf-8")
    again = run_main("init", tmp_path / "new.yaml")
    assert (again.returncode, again.stderr) == (2, f"camlode: {tmp_path}/new.yaml exists already; give another name\n")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("corpus.paths=nowhere.jsonl", "nowhere.jsonl does not exist"),
        ("corpus.paths='*.parquet'", "*.parquet matches no file"),
        ("model.path=gone.keras", "gone.keras cannot be read: No such file"),
        ("model.thresold=1", "unknown key model.thresold; did you mean model.threshold?"),
        ("tokenizer.vocabulary=gone.txt", "gone.txt cannot be read: No such file"),
        ("store.url=/proc/patterns.db", "/proc/patterns.db"),
        ("store.url=nosuch://user:secret@host/db", "nosuch://user:***@host/db"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_two(mined: Any, run_main: Run, change: str, words: str) -> None:
    done = run_main("mine", mined[0] / "job.yaml", "--set", change)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_mistake_that_ray_finds_is_one_line_too(mined: Any, camlode: Run) -> None:
    changes = ("--set", "run.address=127.0.0.1:9", "--set", "store.url=other.db")
    done = camlode("mine", mined[0] / "job.yaml", *changes)
    assert done.returncode == 3
    assert "nothing answers at run.address 127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rejects", "{store}", "9"], "there is no run 9: camlode runs lists them"),
        (["retry", "{store}", "9"], "there is no run 9: camlode runs lists them"),
        (["retry", "{store}", "1"], "none of run 1's shards has failed (it is complete)"),
        (["mine", "nowhere.yaml"], "nowhere.yaml"),
        (["explain", "{job}", " "], "the text to explain is empty or blank"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_code_two(
    mined: Any, run_main: Run, arguments: list[str], words: str
) -> None:
    places = {"store": mined[0] / "patterns.db", "job": mined[0] / "job.yaml"}
    done = run_main(*(argument.format(**places) for argument in arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
