"""The texts of a run that is done, with what the model said of them: what rules are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from config.errors import CorpusError, RulesError, WorkerError
from pipeline.runs.beginning import load_run_job
from pipeline.runs.ledger import list_done_shards
from pipeline.stages.folder import WorkFolder
from pipeline.stages.match import find_explained_rows
from pipeline.stages.partials import read_predictions
from pipeline.stages.read import read_shard

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from config import Job
    from pipeline.records import Shard
    from sql import PatternStore, Row


_ALTERNATIVES = "give labelled texts with --texts FILE, or mine the corpus again with --fresh"


class MinedTexts(NamedTuple):
    """Texts, the labels that the model gave each, and each one's gold labels or None where it has none."""

    texts: list[str]
    predicted: list[frozenset[str]]
    gold: list[frozenset[str] | None]


def load_mined_texts(store: PatternStore, row: Row, store_url: str, documents: int) -> MinedTexts:
    """The explained texts of the run that `row` tells of, or of some `documents` of its shards, evenly spread.

    Raises:
        RulesError: the corpus, or what the model said of it, is not there any more.
    """
    job, folder = load_run_job(row, store_url), WorkFolder(row["folder"])
    names = [label["label"] for label in store.stream("labels", run=row["run"])]
    found = MinedTexts([], [], [])
    try:
        for shard in _sample_shards(list_done_shards(store.ledger(row["run"])), documents, row["documents_explained"]):
            _add_shard_texts(found, job, shard, read_predictions(folder, shard), names)
    except CorpusError as error:
        raise RulesError(f"run {row['run']}'s texts cannot be read: {error}; {_ALTERNATIVES}") from error
    except WorkerError as error:
        raise RulesError(
            f"what the model said of run {row['run']}'s texts is not in {folder.address} any more; {_ALTERNATIVES}"
        ) from error
    return found


def _sample_shards(shards: Sequence[Shard], documents: int, explained: int) -> list[Shard]:
    wanted = min(len(shards), max(1, round(len(shards) * documents / max(explained, 1))))
    return [shards[number] for number in np.unique(np.linspace(0, len(shards) - 1, wanted).round().astype(int))]


def _add_shard_texts(found: MinedTexts, job: Job, shard: Shard, predictions: pa.Table, names: Sequence[str]) -> None:
    documents = read_shard(shard, job.corpus).documents
    found.texts.extend(documents["text"].take(find_explained_rows(documents, predictions)).to_pylist())
    for predicted, gold in zip(*(predictions[name].to_pylist() for name in ("predicted", "labels")), strict=True):
        found.predicted.append(frozenset(names[number] for number in predicted))
        found.gold.append(None if gold is None else frozenset(gold))
