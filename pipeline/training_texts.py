"""Labelled texts to fit and evaluate rules on: of a labelled corpus, or of a finished run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from camlode.config.errors import CorpusError, RulesError, WorkerError
from camlode.pipeline.runs.ledger import list_done_shards
from camlode.pipeline.runs.resume import load_run_job
from camlode.pipeline.stages.match import find_explained_rows
from camlode.pipeline.stages.partials import read_predictions
from camlode.pipeline.stages.plan import find_files, plan_shards
from camlode.pipeline.stages.read import read_shard
from camlode.pipeline.stages.work_folder import WorkFolder

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from camlode.config import Corpus, Job
    from camlode.pipeline.records import Shard
    from camlode.sql import PatternStore, Row

SHARD_DOCUMENTS = 50_000
"""Texts that are read at once."""

_ALTERNATIVES = "give labelled texts with --texts FILE, or mine the corpus again with --fresh"


class LabelledTexts(NamedTuple):
    """Texts, the labels of each or None if it has none, and the number of rejected records by reason."""

    texts: list[str]
    labels: list[frozenset[str] | None]
    rejected: Counter[str]


def load_labelled_texts(corpus: Corpus) -> LabelledTexts:
    """Read the texts of a corpus in its order, with the labels of its label column.

    Raises:
        CorpusError: the corpus cannot be found or read, or lacks a column.
    """
    labelled = LabelledTexts([], [], Counter())
    for shard in plan_shards(find_files(corpus.paths), corpus, SHARD_DOCUMENTS):
        read = read_shard(shard, corpus)
        labelled.texts.extend(read.documents["text"].to_pylist())
        labels = read.documents["labels"].to_pylist()
        labelled.labels.extend(None if each is None else frozenset(each) for each in labels)
        labelled.rejected.update(read.rejects["reason"].to_pylist())
    return labelled


class MinedTexts(NamedTuple):
    """Texts, the labels that the model predicted for each, and its gold labels or None if it has none."""

    texts: list[str]
    predicted: list[frozenset[str]]
    gold: list[frozenset[str] | None]


def load_mined_texts(store: PatternStore, row: Row, store_url: str, documents: int) -> MinedTexts:
    """Read the explained texts of a run, or of evenly spaced shards with about `documents` of them.

    row: the run's row of the query "runs".

    Raises:
        RulesError: the corpus or the model's predictions no longer exist.
    """
    job, folder = load_run_job(row, store_url), WorkFolder(row["folder"])
    names = [label["label"] for label in store.stream("labels", run=row["run"])]
    mined = MinedTexts([], [], [])
    try:
        for shard in _sample_shards(list_done_shards(store.ledger(row["run"])), documents, row["documents_explained"]):
            _add_shard_texts(mined, job, shard, read_predictions(folder, shard), names)
    except CorpusError as error:
        raise RulesError(f"run {row['run']}'s texts cannot be read: {error}; {_ALTERNATIVES}") from error
    except WorkerError as error:
        raise RulesError(
            f"the model's predictions for run {row['run']} are no longer in {folder.address}; {_ALTERNATIVES}"
        ) from error
    return mined


def _sample_shards(shards: Sequence[Shard], documents: int, explained: int) -> list[Shard]:
    count = min(len(shards), max(1, round(len(shards) * documents / max(explained, 1))))
    return [shards[number] for number in np.unique(np.linspace(0, len(shards) - 1, count).round().astype(int))]


def _add_shard_texts(mined: MinedTexts, job: Job, shard: Shard, predictions: pa.Table, names: Sequence[str]) -> None:
    documents = read_shard(shard, job.corpus).documents
    mined.texts.extend(documents["text"].take(find_explained_rows(documents, predictions)).to_pylist())
    for predicted, gold in zip(*(predictions[name].to_pylist() for name in ("predicted", "labels")), strict=True):
        mined.predicted.append(frozenset(names[number] for number in predicted))
        mined.gold.append(None if gold is None else frozenset(gold))
