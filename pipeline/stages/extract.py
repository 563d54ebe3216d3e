"""Importances → fragments: the spans that matter, summed over the shard by label and text."""
# MERGED: What the model said of a shard's documents, and the sums by label.

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
from camlode.pipeline.records import (
    EXAMPLE_TYPE,
    IMPORTANCE_UNIT,
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
    from camlode.pipeline.tokenizers.segment import Segmenter


def build_predictions(shard: EncodedShard, importances: Importances) -> pa.Table:
    """The labels that the model gave each explained document, beside its gold labels: schema PREDICTIONS."""
    count = shard.documents.num_rows
    sizes = np.bincount(importances.documents, minlength=count)
    offsets = pa.array(offsets_from_sizes(sizes), pa.int32())
    table = shard.documents.select(["id", "place", "labels"])
    model_predictions = pa.ListArray.from_arrays(offsets, pa.array(importances.labels, pa.int32()))
    table = (
        table.append_column("predicted", model_predictions).select(PREDICTIONS_SCHEMA.names).cast(PREDICTIONS_SCHEMA)
    )
    valid = np.setdiff1d(np.arange(count), importances.invalid)
    return table.take(pa.array(valid))


def sum_by_label(model_predictions: pa.Table, importances: Importances, labels: Sequence[str]) -> LabelTotals:
    """Sums by label over a table of the schema PREDICTIONS."""
    size = len(labels)
    numbers = pc.index_in(_flatten(model_predictions["labels"]), value_set=pa.array(labels, pa.string()))
    gold = _to_label_keys(model_predictions["labels"], numbers, size)
    predicted = _to_label_keys(model_predictions["predicted"], _flatten(model_predictions["predicted"]), size)
    importance = np.zeros(size, dtype=np.int64)
    np.add.at(importance, importances.labels, sum_positive_importances(importances))
    return LabelTotals(
        predicted=np.bincount(predicted % size, minlength=size),
        gold=np.bincount(gold % size, minlength=size),
        agreed=np.bincount(np.intersect1d(gold, predicted) % size, minlength=size),
        importance=importance,
    )


def _flatten(lists: pa.ChunkedArray) -> pa.Array:
    return pc.list_flatten(lists).combine_chunks()


def _to_label_keys(lists: pa.ChunkedArray, numbers: pa.Array, size: int) -> Any:
    """Document × labels + label of each label that a document has once or more; a gold label unknown to the model
    counts for none."""
    parents = pc.list_parent_indices(lists).combine_chunks().to_numpy()
    known = numbers.is_valid().to_numpy(zero_copy_only=False)
    values = numbers.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.unique(parents[known].astype(np.int64) * size + values[known])


NOT_A_NUMBER = "model_answered_not_a_number"


class _SortedSpans(NamedTuple):
    """Chosen spans sorted by group (label and fragment), then by falling importance and by place."""

    fragments: pa.Array
    codes: Any
    labels: Any
    documents: Any
    spans: Spans
    starts_group: Any


def extract(
    shard: EncodedShard,
    importances: Importances,
    labels: Sequence[str],
    fragments: Fragments,
    patterns: Patterns,
    segment: Segmenter,
) -> ShardResult:
    """The shard's fragments, with what is needed to add them to other shards' and to account for each document."""
    text = JoinedText(_crop_to_windows(shard))
    places = _locate_tokens(shard, text)
    units = find_units(text, *places, unit=fragments.unit, segment=segment)
    spans = choose_spans(
        importances,
        units,
        places[0],
        shard.tokens.offsets,
        max_units=fragments.max_units,
        share=fragments.share,
    )
    model_predictions = build_predictions(shard, importances)
    invalid = make_rejects(shard.documents.take(pa.array(importances.invalid)), NOT_A_NUMBER)
    rejects = pa.concat_tables([shard.rejects, invalid])
    return ShardResult(
        partial=_build_partial(shard, importances, text, spans, patterns),
        predictions=model_predictions,
        rejects=rejects,
        totals=sum_by_label(model_predictions, importances, labels),
        counts=_count_documents(shard, importances, rejects),
    )


def _crop_to_windows(shard: EncodedShard) -> list[str]:
    texts = shard.documents["text"].to_pylist()
    return [text[start:end] for text, (start, end) in zip(texts, shard.windows.tolist(), strict=True)]


def _locate_tokens(shard: EncodedShard, text: JoinedText) -> tuple[Any, Any]:
    """Where each token starts and ends in the joined text."""
    shift = np.repeat(text.bounds[:-1] - shard.windows[:, 0], np.diff(shard.tokens.offsets))
    return shard.tokens.starts + shift, shard.tokens.ends + shift


def _count_documents(shard: EncodedShard, importances: Importances, rejects: pa.Table) -> Counts:
    explained = shard.documents.num_rows - len(importances.invalid)
    valid = np.ones(shard.documents.num_rows, dtype=np.bool_)
    valid[importances.invalid] = False
    promised = np.isfinite(importances.residuals)
    return Counts(
        read=explained + rejects.num_rows,
        explained=explained,
        rejected=Counter(rejects["reason"].to_pylist()),
        truncated=int(shard.tokens.truncated[valid].sum()),
        with_gold=explained - shard.documents["labels"].filter(pa.array(valid)).null_count,
        pairs=len(importances.documents),
        empty_maps=int((sum_positive_importances(importances) == 0).sum()),
        padding=int(np.maximum(importances.padding, 0).sum()),
        complete=int(promised.sum()),
        residual=int(np.rint(np.abs(importances.residuals[promised].astype(np.float64)) / IMPORTANCE_UNIT).sum()),
    )


def _build_partial(
    shard: EncodedShard, importances: Importances, text: JoinedText, spans: Spans, patterns: Patterns
) -> pa.Table:
    rows = _sort_spans(importances, text, spans, _rank_locations(shard.documents["place"]))
    groups = np.flatnonzero(rows.starts_group)
    if not len(groups):
        return PARTIAL_SCHEMA.empty_table()
    # The first of a document's occurrences in a group is its most important one.
    group_numbers = np.cumsum(rows.starts_group) - 1
    first = _find_first_per_document(group_numbers, rows.documents)
    return pa.table(
        {
            "label": rows.labels[groups].astype(np.int32),
            "fragment": rows.fragments.take(pa.array(rows.codes[groups])),
            # The same text may be cut otherwise in another context.
            "units": np.minimum.reduceat(rows.spans.sizes, groups).astype(np.int32),
            "importance": np.add.reduceat(rows.spans.importances, groups),
            "documents": np.bincount(group_numbers[first], minlength=len(groups)),
            "occurrences": np.diff(groups, append=len(group_numbers)),
            "examples": _collect_examples(shard, text, rows, group_numbers, first, patterns),
        },
        schema=PARTIAL_SCHEMA,
    )


def _sort_spans(importances: Importances, text: JoinedText, spans: Spans, places: Any) -> _SortedSpans:
    encoded = text.slices(spans.starts, spans.ends).dictionary_encode()
    codes = encoded.indices.to_numpy()
    labels, documents = importances.labels[spans.pairs], importances.documents[spans.pairs]
    order = np.lexsort((spans.starts, places[documents], -spans.importances, codes, labels))
    codes, labels = codes[order], labels[order]
    changes = (np.diff(codes, prepend=-1) != 0) | (np.diff(labels, prepend=-1) != 0)
    sorted_spans = Spans(*(column[order] for column in spans))
    return _SortedSpans(encoded.dictionary, codes, labels, documents[order], sorted_spans, changes)


def _rank_locations(places: pa.ChunkedArray) -> Any:
    """Where each document comes in the order of places, by which merging breaks ties too, whatever shards there are."""
    order = pc.array_sort_indices(places.combine_chunks()).to_numpy()
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _find_first_per_document(groups: Any, documents: Any) -> Any:
    """The rows that are the first of their document within their group, in order."""
    keys = groups * (documents.max() + 1) + documents
    return np.sort(np.unique(keys, return_index=True)[1])


def _collect_examples(
    shard: EncodedShard, text: JoinedText, rows: _SortedSpans, group_numbers: Any, first: Any, patterns: Patterns
) -> pa.LargeListArray:
    """For each group its most important occurrences, one a document, with the text around them."""
    groups = group_numbers[first]
    taken = first[rank_in_groups(groups) < patterns.examples]
    counts = np.bincount(group_numbers[taken], minlength=group_numbers[-1] + 1)
    documents, (_, starts, ends, values, _) = rows.documents[taken], (column[taken] for column in rows.spans)
    left = np.maximum(starts - patterns.context, text.bounds[documents])
    right = np.minimum(ends + patterns.context, text.bounds[documents + 1])
    ids = shard.documents.select(["id", "place"]).take(pa.array(documents))
    columns = [
        pa.array(values, pa.int64()),
        ids["id"].combine_chunks(),
        ids["place"].combine_chunks(),
        text.slices(left, starts),
        text.slices(ends, right),
    ]
    structs = pa.StructArray.from_arrays(columns, fields=list(EXAMPLE_TYPE))
    return pa.LargeListArray.from_arrays(pa.array(offsets_from_sizes(counts)), structs)
