"""Predict the documents of a shard with rules, and write predictions as JSON Lines or Parquet."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from camlode.config.atomic_write import atomic_write
from camlode.config.errors import RulesError
from camlode.pipeline.display.tables import dump_json
from camlode.pipeline.stages.read import read_shard
from camlode.rules.weights import probabilities

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from camlode.config import Corpus
    from camlode.pipeline.arrays import BoolArray, FloatArray
    from camlode.pipeline.records import Shard
    from camlode.rules.classifier import RuleClassifier
    from camlode.rules.rule_set import Task

FIRED_RULE_TYPE = pa.struct(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("label", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("weight", pa.float64()),
        pa.field("spans", pa.list_(pa.list_(pa.int64())), nullable=False),
    ]
)
"""A rule that fired: its weight for its own label in logits, and its occurrences [start, end) in characters."""


class ShardPredictions(NamedTuple):
    """The predictions for a shard's documents, and its rejected records (schema REJECTS_SCHEMA).

    Together their rows are the records of the shard. `uncovered` is the number of documents in which no rule fired.
    """

    predictions: pa.Table
    rejects: pa.Table
    uncovered: int


def prediction_schema(task: Task, *, explain: bool) -> pa.Schema:
    """The columns of predictions; if no rule fired, the probability is null, and the label is the fallback or null."""
    single_label = [pa.field("label", pa.string()), pa.field("probability", pa.float64())]
    multi_label = [pa.field("labels", pa.list_(pa.string())), pa.field("probabilities", pa.list_(pa.float64()))]
    rules = [pa.field("rules", pa.list_(FIRED_RULE_TYPE), nullable=False)] if explain else []
    columns = single_label if task == "multiclass" else multi_label
    return pa.schema([pa.field("id", pa.string(), nullable=False), *columns, *rules])


def predict_shard(shard: Shard, corpus: Corpus, classifier: RuleClassifier, *, explain: bool) -> ShardPredictions:
    """Read a shard and predict its documents; with `explain`, add the rules that fired.

    Raises:
        CorpusError: the file cannot be read.
    """
    shard_documents = read_shard(shard, corpus)
    texts = shard_documents.documents["text"].to_pylist()
    scores, covered = classifier.score_texts(texts)
    columns: dict[str, Any] = {"id": shard_documents.documents["id"]} | _build_prediction_columns(
        classifier, scores, covered
    )
    if explain:
        columns["rules"] = [_list_fired_rules(classifier, text) for text in texts]
    predictions = pa.table(columns, schema=prediction_schema(classifier.rule_set_.task, explain=explain))
    return ShardPredictions(predictions, shard_documents.rejects, int((~covered).sum()))


def _build_prediction_columns(
    classifier: RuleClassifier, scores: FloatArray, covered: BoolArray
) -> dict[str, list[Any]]:
    """The columns of labels and probabilities, for texts with `scores` [texts, labels], covered or not [texts]."""
    exclusive = classifier.rule_set_.task == "multiclass"
    decisions = classifier.decide(scores, covered).tolist()
    label_index = {name: number for number, name in enumerate(classifier.rule_set_.labels)}
    rows = zip(decisions, probabilities(scores, exclusive=exclusive).tolist(), covered.tolist(), strict=True)
    if exclusive:
        return {
            "label": decisions,
            "probability": [row[label_index[label]] if fires else None for label, row, fires in rows],
        }
    document_probabilities = [
        [row[label_index[label]] for label in labels] if fires else None for labels, row, fires in rows
    ]
    return {"labels": decisions, "probabilities": document_probabilities}


def _list_fired_rules(classifier: RuleClassifier, text: str) -> list[dict[str, Any]]:
    return [
        {
            "id": rule.id,
            "label": rule.label,
            "text": rule.text,
            "weight": rule.weights.get(rule.label),
            "spans": [[start, end] for start, end in spans],
        }
        for rule, spans in classifier.explain(text)
    ]


PARQUET_SUFFIXES = (".parquet", ".pq")


class RowWriter(Protocol):
    """A writer of tables of one schema."""

    def write(self, rows: pa.Table) -> None:
        """Append rows."""


class JsonLinesWriter:
    """Writes each row as a JSON object on a line."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, rows: pa.Table) -> None:
        """Append rows."""
        for batch in rows.to_batches(max_chunksize=1000):
            self._file.writelines(f"{dump_json(row)}\n" for row in batch.to_pylist())


class ParquetRowWriter:
    """Writes rows into the row groups of a Parquet file."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer = writer

    def write(self, rows: pa.Table) -> None:
        """Append rows."""
        if rows.num_rows:
            self._writer.write_table(rows)


@contextmanager
def open_output(path: Path | None, schema: pa.Schema) -> Iterator[RowWriter]:
    """Open a writer of rows: Parquet if the file has such a suffix, otherwise JSON Lines; without a file, stdout.

    An existing file is replaced once the new one is complete.

    Raises:
        RulesError: the file cannot be written.
    """
    if path is None:
        yield JsonLinesWriter(sys.stdout)
        return
    with atomic_write(path, RulesError) as unfinished:
        if path.suffix.lower() in PARQUET_SUFFIXES:
            with pq.ParquetWriter(unfinished, schema) as writer:
                yield ParquetRowWriter(writer)
        else:
            with unfinished.open("w", encoding="utf-8", newline="\n") as file:
                yield JsonLinesWriter(file)
