from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECORDS = [{"id": "a", "text": "我买了水果"}, {"id": "b", "text": "电脑很快"}]


@pytest.fixture
def job(write_job: Callable[..., Path]) -> Path:
    return write_job(RECORDS)


def test_facts_are_results_and_the_rest_are_messages(job: Path, camlode: Any, tmp_path: Path) -> None:
    done = camlode("-v", "mine", job, "--dry-run")
    assert done.returncode == 0
    assert [line.partition(" ")[0] for line in done.stdout.splitlines()] == [
        "corpus:",
        "model:",
        "explaining",
        "tokenizer:",
        "sample:",
        "estimate:",
        "would",
    ]
    assert "camlode.pipeline.dry_run.dry_run: seconds a record: {'read': " in done.stderr
    assert done.stderr.endswith("nothing was changed\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.jsonl", "job.yaml"]


def test_quiet_leaves_the_facts_and_what_is_probably_not_meant(job: Path, camlode: Any, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("<PAD>\n<UNK>\n")
    done = camlode("-q", "mine", job, "--dry-run", "--set", f"tokenizer.vocabulary={tmp_path}/other.txt")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 7)
    assert done.stderr.startswith("camlode: 100% of the tokens are unknown to the vocabulary: ")
    assert done.stderr.count("\n") == 1
