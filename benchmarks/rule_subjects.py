"""What rules are compared on: corpora whose models are trained and mined here, several seeds of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import answers
from benchmarks.corpora import answered, train, write_job
from benchmarks.parts import Corpus, divided, read_parts
from config import load_job, read_labels
from pipeline.models.runtime import start_tensorflow
from rules.candidates import read_candidates
from sql import PatternStore

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from rules.rule_set import Rule

    Said = npt.NDArray[np.bool_]

FOLDER = Path("bench") / "rules"


class RuleCorpus(NamedTuple):
    """A corpus, and how it is mined for rules: the unit of fragments, and the least share of the importance."""

    corpus: Corpus
    unit: str
    share: float


CORPORA = (
    RuleCorpus(Corpus("thucnews10", length=32, epochs=4, tokenizer="char"), "char", 0.1),
    RuleCorpus(Corpus("goemotions", length=40, epochs=5, separator="|"), "word", 0.05),
    RuleCorpus(Corpus("banking77", length=40, epochs=20), "word", 0.05),
    RuleCorpus(Corpus("imdb_cad", length=320, epochs=8), "word", 0.01),
)


@dataclass(frozen=True)
class Subject:
    """Training texts with what the model said of them, test texts with their gold labels, and the mined candidates.

    said, gold, model [texts, labels]: of the training texts by the model; of the test texts by people and the model.
    """

    name: str
    unit: str
    labels: tuple[str, ...]
    exclusive: bool
    texts: list[str]
    said: Said
    test_texts: list[str]
    gold: Said
    model: Said
    candidates: tuple[Rule, ...]


def prepare(each: RuleCorpus, data: Path, seed: int) -> Subject:
    """Trains a model with this seed and mines its training texts, unless that was done before."""
    from pipeline import mine

    corpus = each.corpus
    folder = FOLDER / f"{corpus.name}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    parts = read_parts(corpus, data, folder)
    kept, tuning = divided(parts.training, 10) if corpus.separator else (parts.training, parts.training[:0])
    start_tensorflow(seed=seed)
    if not (folder / "model.keras").exists():
        train(corpus, kept, data, folder, seed)
    training_file = data.absolute() / f"{corpus.name}-train.parquet"
    threshold = None
    if corpus.separator:
        threshold = answers.best_threshold(*answered(write_job(corpus, training_file, folder, 0.5), tuning))
    write_job(corpus, training_file, folder, threshold)
    mining = {"fragments.unit": each.unit, "fragments.max_units": 4, "fragments.share": each.share}
    keeping = {"patterns.top": 10000, "patterns.min_documents": 3, "patterns.examples": 0}
    job = load_job(folder / "job.yaml", [f"{key}={value}" for key, value in (mining | keeping).items()])
    mine(job)
    labels = read_labels(job.model)
    limit = threshold or 0.0

    def said(probabilities: npt.NDArray[np.float32]) -> Said:
        likeliest = probabilities == probabilities.max(axis=1, keepdims=True)
        return probabilities >= limit if corpus.separator else likeliest

    test = answered(job, parts.test)
    stored = read_candidates(PatternStore(job.store.url), per_label=10000)
    return Subject(
        corpus.name,
        each.unit,
        tuple(labels),
        corpus.separator is None,
        parts.training["text"].tolist(),
        said(answered(job, parts.training).probabilities),
        parts.test["text"].tolist(),
        test.expected,
        said(test.probabilities),
        stored.rules,
    )
