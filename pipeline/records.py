"""The records that stages exchange: Arrow schemas for rows that cross processes, dataclasses of arrays for the rest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from camlode.pipeline.arrays import BoolArray, Float32Array, Int32Array, IntArray

DOCUMENTS_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("text", pa.large_string(), nullable=False),
        pa.field("labels", pa.list_(pa.string())),
        pa.field("place", pa.string(), nullable=False),
    ]
)
"""The documents of a shard. `labels` are the gold labels, null where the corpus has none."""

REJECTS_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("place", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("extract", pa.string(), nullable=False),
    ]
)
"""Records that were read but not explained: location, reason, and up to 200 characters of the record."""

RangeUnit = Literal["rows", "bytes"]


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A corpus file: its fsspec address and its size in bytes."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Shard:
    """A range of one corpus file: the unit of work, retry, commit and report.

    `start` and `stop` count rows (of a Parquet file, or records of a compressed file) or bytes, as `unit` says.
    `id` has 16 hexadecimal digits, a hash of path, size, unit and range.
    """

    id: str
    number: int
    file: CorpusFile
    unit: RangeUnit
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class ShardDocuments:
    """The records of a shard: tables of the schemas DOCUMENTS and REJECTS."""

    documents: pa.Table
    rejects: pa.Table

    @property
    def record_count(self) -> int:
        """Number of records read: each is either a document or a reject."""
        return int(self.documents.num_rows + self.rejects.num_rows)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token ids of several texts, flat, with each token's characters in the original text.

    `offsets` [documents + 1] index into `ids`, `starts` and `ends` [tokens]; `starts` and `ends` are
    character offsets within the token's own text, end exclusive. `truncated` [documents] is true for texts
    with more tokens than the model takes.
    """

    ids: Int32Array
    starts: Int32Array
    ends: Int32Array
    offsets: IntArray
    truncated: BoolArray


@dataclass(frozen=True, slots=True)
class Importances:
    """The labels of several documents, and what each token contributed to them.

    A pair is a document and one label that is explained for it; pairs are sorted by document, then by logit.
    `documents`, `labels`, `probabilities` and `padding` are [pairs]: the document's number in the shard, the
    label's number, its probability, and the positive importance that falls on padding alone. `residuals` [pairs], in
    logits: the expected sum of the scores (completeness) minus their sum, NaN for a method without one. `values`
    [tokens of all pairs] and `padding` are in units of IMPORTANCE_UNIT logits; `offsets` [pairs + 1] index into
    `values`. `invalid` lists the documents for which the model's output is not finite.
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
    """A shard's documents that have tokens, their tokens, and all rejects so far.

    `windows` [documents, 2]: the characters of each text in which fragments are searched: those of its tokens and a
    margin on either side.
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

`units` is the fragment's length in words or characters, the smallest where occurrences are split differently.
"""

PREDICTIONS_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("place", pa.string(), nullable=False),
        pa.field("predicted", pa.list_(pa.int32()), nullable=False),
        pa.field("labels", pa.list_(pa.string())),
    ]
)
"""The numbers of the labels that the model predicts for each explained document, beside its gold labels."""


class Summable:
    """Mixin of dataclasses that add up field by field."""

    __slots__ = ()

    def __add__(self, other: Self) -> Self:
        mine = (each.name for each in fields(self))  # type: ignore[arg-type]
        return type(self)(*(getattr(self, name) + getattr(other, name) for name in mine))


@dataclass(frozen=True, slots=True)
class LabelTotals(Summable):
    """Sums by label [labels]: documents with the label as prediction, as gold label, as both; positive importance.

    `importance` sums over all tokens, in units of IMPORTANCE_UNIT logits.
    """

    predicted: IntArray
    gold: IntArray
    agreed: IntArray
    importance: IntArray


@dataclass(frozen=True, slots=True)
class Counts(Summable):
    """Counts of documents: read = explained + rejected, the latter by reason.

    `pairs` of document and label were explained, `empty_maps` of them without positive importance; `padding` is
    the positive importance that fell on padding alone. `pairs_with_residual` have an expected sum of scores, and
    `residual` sums the absolute differences from it. `padding` and `residual` are in units of IMPORTANCE_UNIT logits.
    """

    read: int = 0
    explained: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    truncated: int = 0
    with_gold: int = 0
    pairs: int = 0
    empty_maps: int = 0
    padding: int = 0
    pairs_with_residual: int = 0
    residual: int = 0


@dataclass(frozen=True, slots=True)
class ShardResult:
    """The result of a shard: its fragments, predictions and rejects, and their sums."""

    partial: pa.Table
    predictions: pa.Table
    rejects: pa.Table
    totals: LabelTotals
    counts: Counts


def make_rejects(documents: pa.Table, reason: str) -> pa.Table:
    """Reject all `documents` for one `reason`: a table of the schema REJECTS."""
    return pa.table(
        {
            "id": documents["id"],
            "place": documents["place"],
            "reason": pa.array([reason] * documents.num_rows, pa.string()),
            "extract": pc.utf8_slice_codeunits(documents["text"], 0, 200).cast(pa.string()),
        },
        schema=REJECTS_SCHEMA,
    )
