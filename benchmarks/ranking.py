"""Accuracy and coverage, as rules, of the fragments that each method ranks first.

    python -m benchmarks.ranking TRAIN TEST [--folder bench/thucnews10] [--methods grad-cam hirescam gradient-x-input]

Mines TRAIN with the model in the folder (trained by benchmarks.corpora) once per method. The first K fragments of
each label vote on the texts of TEST with their mean importance. A text without any of them gets no vote.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from camlode.config import load_job

if TYPE_CHECKING:
    from camlode.config import Job

FIRST = (10, 30, 100)


class Votes(NamedTuple):
    """The share of texts with a vote, and the share of these whose vote is the gold label."""

    covered: float
    right: float


def vote(texts: pd.Series, gold: pd.Series, patterns: pd.DataFrame, *, lowercase: bool) -> Votes:
    """Let `patterns` vote on `texts`."""
    rules = list(zip(patterns["fragment"], patterns["label"], patterns["mean"], strict=True))
    if lowercase:
        rules = [(fragment.lower(), label, weight) for fragment, label, weight in rules]
    right = covered = 0
    for text, label in zip(texts.str.lower() if lowercase else texts, gold, strict=True):
        votes: dict[str, float] = {}
        for fragment, rule_label, weight in rules:
            if fragment in text:
                votes[rule_label] = votes.get(rule_label, 0.0) + weight
        covered += bool(votes)
        right += bool(votes) and max(votes, key=lambda each: votes[each]) == label
    return Votes(covered / len(texts), right / max(covered, 1))


def mine_patterns(job_file: Path, train: Path, method: str) -> tuple[Job, pd.DataFrame]:
    """Mine with `method`; return the job and the first patterns of each label."""
    from camlode import mine
    from camlode.sql import PatternStore

    store = job_file.parent / f"ranking-{method}.db"
    store.unlink(missing_ok=True)
    changes = {"attribution.method": method, "corpus.paths": train.absolute(), "store.url": store.absolute()}
    job = load_job(job_file, [f"{key}={value}" for key, value in changes.items()])
    mine(job)
    return job, PatternStore(job.store.url).patterns(top=max(FIRST))


def main() -> None:
    """Mine with each method, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("bench/thucnews10"))
    parser.add_argument("--methods", nargs="+", default=["grad-cam", "xgrad-cam", "hirescam", "gradient-x-input"])
    arguments = parser.parse_args()
    rows = pd.read_parquet(arguments.test)
    print("| method | " + " | ".join(f"first {first}: covered | right of these" for first in FIRST) + " |")
    print("|---" + "|---:" * (2 * len(FIRST)) + "|")
    for method in arguments.methods:
        job, patterns = mine_patterns(arguments.folder / "job.yaml", arguments.train, method)
        votes = [
            vote(rows["text"], rows["label"], patterns[patterns["rank"] <= first], lowercase=job.tokenizer.lowercase)
            for first in FIRST
        ]
        print(f"| {method} | " + " | ".join(f"{each.covered:.2f} | {each.right:.2f}" for each in votes) + " |")


if __name__ == "__main__":
    main()
