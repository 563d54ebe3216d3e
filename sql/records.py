"""Rows written to the store at the start and at the end of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

Row: TypeAlias = dict[str, Any]
"""One row of a query's result, by column name."""

AccessMode: TypeAlias = Literal["read", "write", "create"]
"""The purpose of a connection; only "create" creates a database that does not exist."""

UnfinishedStatus: TypeAlias = Literal["failed", "interrupted"]
"""The status of a run that ended unpublished."""

ShardState: TypeAlias = Literal["pending", "running", "done", "failed"]

ReviewStatus: TypeAlias = Literal["accepted", "rejected", "spurious"]
"""The verdict of a review; "spurious": the model has learned a shortcut that it should not have."""

Against: TypeAlias = Literal["model", "gold"]
"""The reference of a rule set's measures: the model's predictions, or gold labels."""


@dataclass(frozen=True, slots=True)
class RuleMeasure:
    """One measure of a rule set on the texts of `corpus`, such as its accuracy."""

    corpus: str
    against: Against
    measure: str
    value: float


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A shard of a run and its state; the names are those of the columns of `shards`.

    `shard` is its id; `start` and `stop` are in `unit`s, rows or bytes. `seconds` is the working time of all stages,
    `partial` the name of its result file and `partial_bytes` that file's size, `error` the last error.
    """

    number: int
    shard: str
    file: str
    file_bytes: int
    unit: str
    start: int
    stop: int
    state: ShardState = "pending"
    attempts: int = 0
    error: str | None = None
    worker: str | None = None
    seconds: float | None = None
    documents: int | None = None
    rejects: int | None = None
    partial: str | None = None
    partial_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """The model of a run; runs with equal entries share a row of `models`.

    `digest` is that of its file's bytes; `labels` are in the order of its outputs, `thresholds` the probability
    that each must reach to count as predicted; `layers` are the target layers.
    """

    name: str
    version: str | None
    digest: str
    task: str
    labels: tuple[str, ...]
    thresholds: tuple[float, ...]
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CorpusEntry:
    """The corpus of a run; runs with equal name and digest share a row of `corpora`.

    `digest` covers how it is read, and its files with their sizes; `files` and `bytes` are totals.
    """

    name: str
    digest: str
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class RunStart:
    """The description of a run that starts.

    `settings` (the job) and `versions` (of camlode and its libraries) are JSON values. `parts` are the digests of the
    fingerprint by section of the job; `folder` is the folder of the shards' results. `unit` is that of the fragments,
    "word" or "char".
    """

    fingerprint: str
    parts: Mapping[str, str]
    folder: str
    method: str
    unit: str
    model: ModelEntry
    corpus: CorpusEntry
    settings: Mapping[str, Any]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RunCounts:
    """The counts of a run; the names are those of the columns of `runs`.

    `padding_share` is the share (0 to 1) of the positive importance that fell on padding; `empty_maps` counts
    the pairs of document and label whose map was nowhere positive. `residual`: the mean absolute difference
    between a pair's scores and the sum that the method guarantees, in logits; null if it guarantees none.
    `gold_documents`: explained documents with gold labels. `matched_documents`: documents of the match pass, null
    without one.
    """

    documents_read: int
    documents_explained: int
    documents_rejected: int
    documents_truncated: int
    duplicate_ids: int
    padding_share: float
    empty_maps: int
    residual: float | None
    shards: int
    failed_shards: int
    gold_documents: int = 0
    matched_documents: int | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """The outcome of a run, importances in logits. Other columns of the tables are ignored.

    `patterns`: label, rank (from 1, without gaps, within the label), fragment, normalised (the fragment as
    matching compares it), units (its length in units), importance (the sum over the corpus), mean (importance /
    documents), share (of the label's importance), documents and occurrences (where it was important), c_value, maximal
    (whether it is not subsumed by a longer pattern of the label). From the match pass, null without one:
    matched_documents and matched_occurrences (where it occurs), predicted_documents (of these, those predicted the
    label), labelled_documents (of these, those with gold labels), gold_documents (of those, with the label among them),
    precision, precision_lower, gold_precision, gold_precision_lower, coverage, lift, log_odds_z.

    `examples`: label, fragment, position (from 1, within pattern and kind), kind ("supporting", or "counter" if the
    document was not predicted the label), document (its id), place, left, hit, right, importance (null for "counter").
    Each belongs to a pattern.

    `labels`: name, documents (predicted so), gold_documents and agreed_documents (null without gold labels),
    importance (the label's positive total). Labels without a row keep zeros.

    `rejects`: numbers of rejected documents by reason.
    """

    patterns: pa.Table
    examples: pa.Table
    labels: pa.Table
    rejects: Mapping[str, int]
    counts: RunCounts
