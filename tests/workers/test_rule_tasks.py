from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from camlode.config import Corpus, CorpusError
from camlode.pipeline.predict_corpus import predict_corpus
from camlode.rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    from pathlib import Path

RULES = RuleSet(
    task="multiclass",
    labels=("数码", "食物"),
    rules=(Rule("1", "数码", "电脑", {"数码": 2.0}), Rule("2", "食物", "水果", {"食物": 1.0})),
    biases={},
)
WORDS = ["水果", "电脑", "天气", ""]


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """Files of several formats in parts of seven texts, one in four of which is empty."""
    monkeypatch.setattr("camlode.pipeline.predict_corpus.SHARD_DOCUMENTS", 7)
    lines = "".join(f"{word}\n" for word in WORDS * 15)
    (tmp_path / "a.txt").write_text(lines, encoding="utf-8")
    with gzip.open(tmp_path / "b.txt.gz", "wt", encoding="utf-8") as file:
        file.write(lines)
    return Corpus(paths=[str(tmp_path)])


@pytest.mark.parametrize("explain", [False, True])
def test_predictions_equal_those_of_one_process_in_corpus_order(
    ray_with_gpus: None, corpus: Corpus, explain: bool
) -> None:
    with predict_corpus(RULES, corpus, explain=explain) as parts:
        alone = [*parts]
    with predict_corpus(RULES, corpus, explain=explain, on_ray=True) as parts:
        together = [*parts]
    assert len(alone) > 10
    assert [part.predictions.to_pylist() for part in together] == [part.predictions.to_pylist() for part in alone]
    assert [part.rejects.to_pylist() for part in together] == [part.rejects.to_pylist() for part in alone]
    labels = [label for part in together for label in part.predictions["label"].to_pylist()]
    assert labels == ["食物", "数码", None] * 30
    assert sum(part.rejects.num_rows for part in together) == 30
    assert sum(part.uncovered for part in together) == 30


def test_an_unreadable_file_is_the_same_error_as_in_one_process(
    ray_with_gpus: None, corpus: Corpus, tmp_path: Path
) -> None:
    with predict_corpus(RULES, corpus, on_ray=True) as parts, pytest.raises(CorpusError, match=r"b\.txt\.gz"):
        (tmp_path / "b.txt.gz").write_bytes(b"no archive")
        for _ in parts:
            pass
