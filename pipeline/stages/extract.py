"""The extract stage: importances → fragments, the spans that matter, summed over the shard by label and text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from camlode.pipeline.arrays import offsets_from_sizes, rank_in_groups
from camlode.pipeline.fragments.characters import JoinedText
from camlode.pipeline.fragments.spans import Spans, choose_spans, sum_positive_importances
from camlode.pipeline.fragments.units import find_units
from camlode.pipeline.importance_unit import to_importance_units
from camlode.pipeline.records import (
    EXAMPLE_TYPE,
    PARTIAL_SCHEMA,
    PREDICTIONS_SCHEMA,
    Counts,
    EncodedShard,
    Importances,
    LabelTotals,
    ShardResult,
    make_rejects,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config import Fragments, Patterns
    from camlode.pipeline.arrays import BoolArray, Int32Array, IntArray
    from camlode.pipeline.tokenizers.segment import Segmenter

NON_FINITE_OUTPUT = "model_answered_not_a_number"


def extract(
    shard: EncodedShard,
    importances: Importances,
    labels: Sequence[str],
    fragments: Fragments,
    patterns: Patterns,
    segment: Segmenter,
) -> ShardResult:
    """Extract the shard's fragments, and count what became of each document.

    `labels` are the model's; `segment` splits Chinese text into words.
    """
    text = JoinedText(_crop_to_windows(shard))
    starts, ends = _locate_tokens(shard, text)
    units = find_units(text, starts, ends, unit=fragments.unit, segment=segment)
    spans = choose_spans(
        importances, units, starts, shard.tokens.offsets, max_units=fragments.max_units, share=fragments.share
    )
    predictions = build_predictions(shard, importances)
    invalid = make_rejects(shard.documents.take(pa.array(importances.invalid)), NON_FINITE_OUTPUT)
    rejects = pa.concat_tables([shard.rejects, invalid])
    return ShardResult(
        partial=_build_partial(shard, importances, text, spans, patterns),
        predictions=predictions,
        rejects=rejects,
        totals=sum_by_label(predictions, importances, labels),
        counts=_count_documents(shard, importances, rejects),
    )


def _crop_to_windows(shard: EncodedShard) -> list[str]:
    # Of a long text only what the model has read can hold a fragment; the rest would cost time in finding words.
    texts = shard.documents["text"].to_pylist()
    return [text[start:end] for text, (start, end) in zip(texts, shard.windows.tolist(), strict=True)]


def _locate_tokens(shard: EncodedShard, text: JoinedText) -> tuple[IntArray, IntArray]:
    """Start and end of each token in the joined text."""
    shift: IntArray = np.repeat(text.bounds[:-1] - shard.windows[:, 0], np.diff(shard.tokens.offsets))
    return shift + shard.tokens.starts, shift + shard.tokens.ends


def build_predictions(shard: EncodedShard, importances: Importances) -> pa.Table:
    """The predicted labels of each explained document, beside its gold labels: schema PREDICTIONS."""
    count = shard.documents.num_rows
    # Pairs are sorted by document, so the labels of a document lie side by side.
    offsets = offsets_from_sizes(np.bincount(importances.documents, minlength=count))
    predicted = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(importances.labels, pa.int32()))
    table = shard.documents.select(["id", "place", "labels"]).append_column("predicted", predicted)
    valid = np.setdiff1d(np.arange(count), importances.invalid)
    return table.select(PREDICTIONS_SCHEMA.names).cast(PREDICTIONS_SCHEMA).take(pa.array(valid))


def sum_by_label(predictions: pa.Table, importances: Importances, labels: Sequence[str]) -> LabelTotals:
    """Sums by label over a table of the schema PREDICTIONS."""
    size = len(labels)
    predicted, gold = read_label_keys(predictions, labels)
    importance = np.zeros(size, dtype=np.int64)
    np.add.at(importance, importances.labels, sum_positive_importances(importances))
    return LabelTotals(
        predicted=np.bincount(predicted % size, minlength=size),
        gold=np.bincount(gold % size, minlength=size),
        agreed=np.bincount(np.intersect1d(gold, predicted) % size, minlength=size),
        importance=importance,
    )


def read_label_keys(predictions: pa.Table, labels: Sequence[str]) -> tuple[IntArray, IntArray]:
    """Predicted and gold labels of a table of the schema PREDICTIONS as keys, document × len(labels) + label.

    Keys are sorted and distinct. Gold labels that the model does not have are left out.
    """
    predicted, gold = predictions["predicted"].combine_chunks(), predictions["labels"].combine_chunks()
    numbers = pc.index_in(pc.list_flatten(gold), value_set=pa.array(labels, pa.string()))
    return _to_keys(predicted, pc.list_flatten(predicted), len(labels)), _to_keys(gold, numbers, len(labels))


def _to_keys(lists: pa.ListArray, numbers: pa.Array, size: int) -> IntArray:
    known = numbers.is_valid()
    parents = pc.list_parent_indices(lists).filter(known).to_numpy().astype(np.int64)
    return np.unique(parents * size + numbers.filter(known).to_numpy())


def _count_documents(shard: EncodedShard, importances: Importances, rejects: pa.Table) -> Counts:
    explained = shard.documents.num_rows - len(importances.invalid)
    valid = np.ones(shard.documents.num_rows, dtype=np.bool_)
    valid[importances.invalid] = False
    pairs_with_residual = np.isfinite(importances.residuals)
    return Counts(
        read=explained + rejects.num_rows,
        explained=explained,
        rejected=Counter(rejects["reason"].to_pylist()),
        truncated=int(shard.tokens.truncated[valid].sum()),
        with_gold=explained - shard.documents["labels"].filter(pa.array(valid)).null_count,
        pairs=len(importances.documents),
        empty_maps=int((sum_positive_importances(importances) == 0).sum()),
        padding=int(np.maximum(importances.padding, 0).sum()),
        pairs_with_residual=int(pairs_with_residual.sum()),
        # Rounded one by one: only sums of integers are the same in any order.
        residual=int(to_importance_units(np.abs(importances.residuals[pairs_with_residual])).sum()),
    )


class _SortedSpans(NamedTuple):
    """Chosen spans sorted by group (label and fragment), then by descending importance and by location.

    `codes` [spans] index into `fragments`, the distinct texts; `starts_group` is true for the first span of each group.
    """

    fragments: pa.Array
    codes: IntArray
    labels: Int32Array
    documents: Int32Array
    spans: Spans
    starts_group: BoolArray


def _build_partial(
    shard: EncodedShard, importances: Importances, text: JoinedText, spans: Spans, patterns: Patterns
) -> pa.Table:
    rows = _sort_spans(importances, text, spans, _rank_locations(shard.documents["place"]))
    groups = np.flatnonzero(rows.starts_group)
    if not len(groups):
        return PARTIAL_SCHEMA.empty_table()
    group_numbers = np.cumsum(rows.starts_group) - 1
    # Sorted by importance, a document's first occurrence in a group is its most important one.
    first = _find_first_per_document(group_numbers, rows.documents)
    return pa.table(
        {
            "label": rows.labels[groups].astype(np.int32),
            "fragment": rows.fragments.take(pa.array(rows.codes[groups])),
            # The same text may be split differently in another context.
            "units": np.minimum.reduceat(rows.spans.sizes, groups).astype(np.int32),
            "importance": np.add.reduceat(rows.spans.importances, groups),
            "documents": np.bincount(group_numbers[first], minlength=len(groups)),
            "occurrences": np.diff(groups, append=len(group_numbers)),
            "examples": _collect_examples(shard, text, rows, group_numbers, first, patterns),
        },
        schema=PARTIAL_SCHEMA,
    )


def _sort_spans(importances: Importances, text: JoinedText, spans: Spans, location_ranks: IntArray) -> _SortedSpans:
    # Numbers for texts: sorting and grouping integers is many times as fast as sorting strings.
    encoded = text.slices(spans.starts, spans.ends).dictionary_encode()
    codes = encoded.indices.to_numpy()
    labels, documents = importances.labels[spans.pairs], importances.documents[spans.pairs]
    order = np.lexsort((spans.starts, location_ranks[documents], -spans.importances, codes, labels))
    codes, labels = codes[order], labels[order]
    changes = (np.diff(codes, prepend=-1) != 0) | (np.diff(labels, prepend=-1) != 0)
    sorted_spans = Spans(*(column[order] for column in spans))
    return _SortedSpans(encoded.dictionary, codes, labels, documents[order], sorted_spans, changes)


def _rank_locations(locations: pa.ChunkedArray) -> IntArray:
    """The rank of each document in the order of location strings.

    Merging breaks ties of importance by these strings too, so the examples do not depend on how the corpus is sharded.
    """
    # The inverse of the permutation that sorts.
    return np.argsort(pc.array_sort_indices(locations.combine_chunks()).to_numpy())


def _find_first_per_document(groups: IntArray, documents: Int32Array) -> IntArray:
    """The rows that are the first of their document within their group, in order."""
    keys = groups * (documents.max() + 1) + documents
    return np.sort(np.unique(keys, return_index=True)[1])


def _collect_examples(
    shard: EncodedShard,
    text: JoinedText,
    rows: _SortedSpans,
    group_numbers: IntArray,
    first: IntArray,
    patterns: Patterns,
) -> pa.LargeListArray:
    """The most important occurrences of each group, one for each document, with the text around them."""
    taken = first[rank_in_groups(group_numbers[first]) < patterns.examples]
    counts = np.bincount(group_numbers[taken], minlength=group_numbers[-1] + 1)
    documents, (_, starts, ends, values, _) = rows.documents[taken], (column[taken] for column in rows.spans)
    left = np.maximum(starts - patterns.context, text.bounds[documents])
    right = np.minimum(ends + patterns.context, text.bounds[documents + 1])
    ids = shard.documents.select(["id", "place"]).take(pa.array(documents))
    columns: list[Any] = [
        pa.array(values, pa.int64()),
        ids["id"].combine_chunks(),
        ids["place"].combine_chunks(),
        text.slices(left, starts),
        text.slices(ends, right),
    ]
    structs = pa.StructArray.from_arrays(columns, fields=list(EXAMPLE_TYPE))
    return pa.LargeListArray.from_arrays(pa.array(offsets_from_sizes(counts)), structs)
