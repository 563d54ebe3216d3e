"""What flows between the stages: Arrow tables where rows cross a process, dataclasses where they don't."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from camlode.pipeline.arrays import BoolArray, Float32Array, Int32Array, IntArray

IMPORTANCE_UNIT = 2.0**-20
"""One unit of an accumulated importance, in logits: integers add up to the same sum in any order."""

DOCUMENTS_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("text", pa.large_string(), nullable=False),
        pa.field("labels", pa.list_(pa.string())),
        pa.field("place", pa.string(), nullable=False),
    ]
)
"""Readable documents of a shard. `labels` are the gold labels, null where the corpus has none."""

REJECTS_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("place", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("extract", pa.string(), nullable=False),
    ]
)
"""Records that were read and not explained: where, why, and up to 200 characters of what stood there."""

RangeUnit = Literal["rows", "bytes"]


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A file of the corpus: its fsspec address and its size in bytes."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Shard:
    """A range of one corpus file: the unit of work, retry, commit and report.

    `start` and `stop` count rows (of a Parquet file, or lines of a compressed file) or bytes, by `unit`.
    `id` is 16 hexadecimal digits made of path, size, unit and range.
    """

    id: str
    number: int
    file: CorpusFile
    unit: RangeUnit
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class ShardDocuments:
    """What a shard holds: tables of the schemas DOCUMENTS and REJECTS; `read` is the sum of their rows."""

    documents: pa.Table
    rejects: pa.Table

    @property
    def record_count(self) -> int:
        """Records read: every one is either a document or a reject."""
        return int(self.documents.num_rows + self.rejects.num_rows)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token ids of several texts, flat, with the characters of the original text that each stands for.

    `offsets` [documents + 1] index into `ids`, `starts` and `ends` [tokens]; `starts` and `ends` are
    character offsets within the token's own text, end exclusive. `truncated` [documents] says which texts
    had more tokens than the model takes.
    """

    ids: Int32Array
    starts: Int32Array
    ends: Int32Array
    offsets: IntArray
    truncated: BoolArray


@dataclass(frozen=True, slots=True)
class Importances:
    """What a model said of several documents, and what each token contributed to it.

    A pair is a document and one label that the model gave it; pairs are sorted by document, then by logit.
    `documents`, `labels`, `probabilities` and `padding` are [pairs]: the document's number in the shard, the
    label's number, its probability, and the positive importance that fell on padding alone. `residuals` [pairs], in
    logits: what the scores miss of the sum that the method promises, NaN where it promises none. `values` [tokens of
    all pairs] and `padding` are in units of IMPORTANCE_UNIT logits; `offsets` [pairs + 1] index into `values`.
    `invalid` lists the documents for which the model answered something that is not a finite number.
    """

    documents: Int32Array
    labels: Int32Array
    probabilities: Float32Array
    values: IntArray
    offsets: IntArray
    padding: IntArray
    residuals: Float32Array
    invalid: Int32Array


@dataclass(frozen=True, slots=True)
class EncodedShard:
    """A shard's documents that have tokens, their tokens, and everything rejected so far.

    `windows` [documents, 2]: the characters of each text that are looked at for fragments: its tokens, and some more
    to either side.
    """

    documents: pa.Table
    rejects: pa.Table
    tokens: Tokens
    windows: IntArray


EXAMPLE_TYPE = pa.struct(
    [
        pa.field("importance", pa.int64(), nullable=False),
        pa.field("document", pa.string(), nullable=False),
        pa.field("place", pa.string(), nullable=False),
        pa.field("left", pa.large_string(), nullable=False),
        pa.field("right", pa.large_string(), nullable=False),
    ]
)
"""One occurrence of a fragment, with the text around it."""

PARTIAL_SCHEMA = pa.schema(
    [
        pa.field("label", pa.int32(), nullable=False),
        pa.field("fragment", pa.large_string(), nullable=False),
        pa.field("units", pa.int32(), nullable=False),
        pa.field("importance", pa.int64(), nullable=False),
        pa.field("documents", pa.int64(), nullable=False),
        pa.field("occurrences", pa.int64(), nullable=False),
        pa.field("examples", pa.large_list(EXAMPLE_TYPE), nullable=False),
    ]
)
"""One shard's fragments by label: sums over the shard, importances in units of IMPORTANCE_UNIT.

`units` is the fragment's length in units, the least of those that it was cut into.
"""

PREDICTIONS_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("place", pa.string(), nullable=False),
        pa.field("predicted", pa.list_(pa.int32()), nullable=False),
        pa.field("labels", pa.list_(pa.string())),
    ]
)
"""What the model said of each explained document, as numbers of labels, beside its gold labels."""


@dataclass(frozen=True, slots=True)
class LabelTotals:
    """Sums by label [labels]: documents predicted so, of gold, both; and the positive importance of all tokens.

    `importance` is in units of IMPORTANCE_UNIT logits.
    """

    predicted: IntArray
    gold: IntArray
    agreed: IntArray
    importance: IntArray

    def __add__(self, other: LabelTotals) -> LabelTotals:
        return LabelTotals(
            self.predicted + other.predicted,
            self.gold + other.gold,
            self.agreed + other.agreed,
            self.importance + other.importance,
        )


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums over documents: read = explained + rejected, by reason.

    `pairs` of document and label were explained, `empty_maps` of them had no positive importance; `padding` is
    the positive importance that fell on padding alone. `complete` pairs have a sum that their scores were promised to
    make, and `residual` is by how much they miss it, without signs. Both sums are in units of IMPORTANCE_UNIT logits.
    """

    read: int = 0
    explained: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    truncated: int = 0
    with_gold: int = 0
    pairs: int = 0
    empty_maps: int = 0
    padding: int = 0
    complete: int = 0
    residual: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What is left of a shard once it is done: its fragments, predictions and rejects, and their sums."""

    partial: pa.Table
    predictions: pa.Table
    rejects: pa.Table
    totals: LabelTotals
    counts: Counts


def make_rejects(documents: pa.Table, reason: str) -> pa.Table:
    """A table of the schema REJECTS: all of `documents`, for one `reason`."""
    return pa.table(
        {
            "id": documents["id"],
            "place": documents["place"],
            "reason": pa.array([reason] * documents.num_rows, pa.string()),
            "extract": pc.utf8_slice_codeunits(documents["text"], 0, 200).cast(pa.string()),
        },
        schema=REJECTS_SCHEMA,
    )
