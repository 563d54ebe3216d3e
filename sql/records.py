"""What a run brings to the store when it starts and when it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

Row: TypeAlias = dict[str, Any]
"""One row of an answer, by column name."""

AccessMode: TypeAlias = Literal["read", "write", "create"]
"""What a database is opened for; only "create" makes one that is not there."""

UnfinishedStatus: TypeAlias = Literal["failed", "interrupted"]
"""How a run ends that is not published."""

ShardState: TypeAlias = Literal["pending", "running", "done", "failed"]

ReviewStatus: TypeAlias = Literal["accepted", "rejected", "spurious"]
"""What a review says of a pattern; a spurious one is a shortcut that the model should not have learned."""

Against: TypeAlias = Literal["model", "gold"]
"""What a rule set is measured against: what the model said of the same texts, or their gold labels."""


@dataclass(frozen=True, slots=True)
class RuleMeasure:
    """How good a rule set was found to be on the texts of `corpus`, by one measure, such as accuracy."""

    corpus: str
    against: Against
    measure: str
    value: float


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A shard of a run, and what has become of it; the names are those of the columns of `shards`.

    `shard` is its id; `start` and `stop` are in `unit`s. `seconds` is the working time of all stages, `partial` the
    name of its result, `partial_bytes` the size of that, `error` what went wrong last.
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
    """The model of a run; two runs of equal facts share a row of `models`.

    `digest` stands for the bytes of its file; `labels` are in the order of its outputs, `thresholds` the probability
    that each must reach to count as predicted; `layers` are those that were explained.
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
    """The corpus of a run; two runs of equal name and digest share a row of `corpora`.

    `digest` stands for how it is read, and its files with their sizes; `files` and `bytes` are how many there are.
    """

    name: str
    digest: str
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class RunStart:
    """What is known of a run before its first document is read.

    `settings` (the job) and `versions` (of camlode and its libraries) are values that JSON can hold. `parts` are what
    the fingerprint is made of, by section of the job; `folder` is where the shards' results are kept. `unit`: what
    fragments are made of, "word" or "char".
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
    """What a run read and what became of it; the names are those of the columns of `runs`.

    `padding_share` is the share (0 to 1) of the positive importance that fell on padding; `empty_maps` counts
    the pairs of document and label whose map was nowhere positive. `residual`: by how much a pair's scores miss the
    sum that the method promises, the mean without signs, in logits; null where it promises none. `gold_documents`:
    explained documents with gold labels. `matched_documents`: documents that the patterns were matched in, null where
    they were not.
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

    `patterns`: label, rank (from 1, without gaps, within the label), fragment, normalised (the fragment as matching
    reads it), units (its length in units), importance (the sum over the corpus), mean (importance / documents), share
    (of the label's importance), documents and occurrences (where it was important), c_value, maximal (whether no longer
    pattern of the label accounts for it). From the match pass, null where it was not made: matched_documents and
    matched_occurrences (where it occurs), predicted_documents (of these, those predicted the label), labelled_documents
    (of these, those with gold labels), gold_documents (of those, with the label among them), precision,
    precision_lower, gold_precision, gold_precision_lower, coverage, lift, log_odds_z.

    `examples`: label, fragment, position (from 1, within pattern and kind), kind ("supporting", or "counter" where the
    document was not predicted the label), document (its id), place, left, hit, right, importance (null for "counter").
    Each belongs to a pattern.

    `labels`: name, documents (predicted so), gold_documents and agreed_documents (null without gold labels),
    importance (the label's positive total). A label that is missing here keeps zeros.

    `rejects`: documents by the reason for which they were rejected.
    """

    patterns: pa.Table
    examples: pa.Table
    labels: pa.Table
    rejects: Mapping[str, int]
    counts: RunCounts
