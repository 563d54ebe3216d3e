"""What rules are compared on: corpora whose models are trained and mined here, several seeds of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import answers
from benchmarks.corpora import predict, train, write_job
from benchmarks.parts import BenchmarkCorpus, read_split, split_rows
from camlode.config import load_job, read_labels
from camlode.pipeline.models.runtime import start_tensorflow
from camlode.rules.candidates import read_candidates
from camlode.sql import PatternStore

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from camlode.rules.rule_set import Rule

    LabelMatrix = npt.NDArray[np.bool_]

FOLDER = Path("bench") / "rules"


class RuleCorpus(NamedTuple):
    """A corpus, and how it is mined for rules: the unit of fragments, and the least share of the importance."""

    corpus: BenchmarkCorpus
    unit: str
    share: float


CORPORA = (
    RuleCorpus(BenchmarkCorpus("thucnews10", length=32, epochs=4, tokenizer="char"), "char", 0.1),
    RuleCorpus(BenchmarkCorpus("goemotions", length=40, epochs=5, separator="|"), "word", 0.05),
    RuleCorpus(BenchmarkCorpus("banking77", length=40, epochs=20), "word", 0.05),
    RuleCorpus(BenchmarkCorpus("imdb_cad", length=320, epochs=8), "word", 0.01),
)


@dataclass(frozen=True)
class RuleSubject:
    """Training texts with what the model said of them, test texts with their gold labels, and the mined candidates.

    said, gold, model [texts, labels]: of the training texts by the model; of the test texts by people and the model.
    """

    name: str
    unit: str
    labels: tuple[str, ...]
    exclusive: bool
    texts: list[str]
    label_matrix: LabelMatrix
    test_texts: list[str]
    gold: LabelMatrix
    model: LabelMatrix
    candidates: tuple[Rule, ...]


def prepare(each: RuleCorpus, data: Path, seed: int) -> RuleSubject:
    """Trains a model with this seed and mines its training texts, unless that was done before."""
    from camlode import mine

    corpus = each.corpus
    folder = FOLDER / f"{corpus.name}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    parts = read_split(corpus, data, folder)
    training_rows, tuning = split_rows(parts.training, 10) if corpus.separator else (parts.training, parts.training[:0])
    start_tensorflow(seed=seed)
    if not (folder / "model.keras").exists():
        train(corpus, training_rows, data, folder, seed)
    training_file = data.absolute() / f"{corpus.name}-train.parquet"
    threshold = None
    if corpus.separator:
        threshold = answers.best_threshold(*predict(write_job(corpus, training_file, folder, 0.5), tuning))
    write_job(corpus, training_file, folder, threshold)
    fragment_options = {"fragments.unit": each.unit, "fragments.max_units": 4, "fragments.share": each.share}
    pattern_options = {"patterns.top": 10000, "patterns.min_documents": 3, "patterns.examples": 0}
    job = load_job(
        folder / "job.yaml", [f"{key}={value}" for key, value in (fragment_options | pattern_options).items()]
    )
    mine(job)
    labels = read_labels(job.model)
    limit = threshold or 0.0

    def label_matrix(probabilities: npt.NDArray[np.float32]) -> LabelMatrix:
        likeliest = probabilities == probabilities.max(axis=1, keepdims=True)
        return probabilities >= limit if corpus.separator else likeliest

    test = predict(job, parts.test)
    stored = read_candidates(PatternStore(job.store.url), per_label=10000)
    return RuleSubject(
        corpus.name,
        each.unit,
        tuple(labels),
        corpus.separator is None,
        parts.training["text"].tolist(),
        label_matrix(predict(job, parts.training).probabilities),
        parts.test["text"].tolist(),
        test.expected,
        label_matrix(test.probabilities),
        stored.rules,
    )
