"""Plausibility: how far a ranking agrees with the spans that people marked in the corpus."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from camlode.config.errors import CorpusError
from camlode.pipeline.arrays import offsets_from_sizes, ragged_index
from camlode.pipeline.stages.read import read_shard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config import Job
    from camlode.pipeline.arrays import BoolArray, FloatArray, IntArray
    from camlode.pipeline.faithfulness.agreement import Pairs
    from camlode.pipeline.records import Shard, Tokens

Spans = tuple[tuple[int, int], ...]


class Plausibility(NamedTuple):
    """Average precision (AUPRC) and F1, [pairs] each; NaN if nothing is marked or the pair is not included."""

    auprc: FloatArray
    token_f1: FloatArray


def mark_tokens(tokens: Tokens, lengths: IntArray, spans: Sequence[Spans | None]) -> BoolArray:
    """Find the tokens that share a character with a span of their document [tokens].

    lengths: the numbers of characters of the texts [documents].
    """
    # Count, over all texts joined, the marked characters before each position: a token is marked if that number is
    # higher at its end than at its start.
    bounds = offsets_from_sizes(lengths)
    change = np.zeros(bounds[-1] + 1, np.int64)
    flat = [(bounds[row] + start, bounds[row] + end) for row, each in enumerate(spans) for start, end in each or ()]
    marks = np.array(flat, np.int64).reshape(-1, 2)
    np.add.at(change, marks[:, 0], 1)
    np.add.at(change, marks[:, 1], -1)
    before = offsets_from_sizes((np.cumsum(change)[:-1] > 0).astype(np.int64))
    shift = np.repeat(bounds[:-1], np.diff(tokens.offsets))
    marked: BoolArray = before[tokens.ends + shift] > before[tokens.starts + shift]
    return marked


def measure_plausibility(
    marked: BoolArray,
    token_offsets: IntArray,
    pairs: Pairs,
    ranks: IntArray,
    included: BoolArray,
) -> Plausibility:
    """Measure the average precision of a ranking, and F1 of its first k tokens, with k the number of marked ones.

    With that k, precision, recall and F1 are equal.

    marked: the marked tokens [tokens].
    included: the pairs to measure [pairs].
    """
    gold = marked[ragged_index(token_offsets, pairs.documents)]
    row_id, number = pairs.row_ids, len(pairs.documents)
    total = np.bincount(row_id[gold], minlength=number)
    order = np.lexsort((ranks, row_id))
    true_positives = np.cumsum(gold[order])
    first = offsets_from_sizes(total)[:-1]
    precision = (true_positives - np.repeat(first, pairs.sizes)) / (ranks[order] + 1)
    summed = np.bincount(row_id[order][gold[order]], precision[gold[order]], number)
    recalled = np.bincount(row_id[gold & (ranks < np.repeat(total, pairs.sizes))], minlength=number)
    divisor = np.where((total > 0) & included, total, np.nan)
    return Plausibility(summed / divisor, recalled / divisor)


def read_spans_by_location(job: Job, shard: Shard, column: str) -> dict[str, list[str] | None]:
    """Read the column of spans as strings, by the location of each document of the shard.

    The readers return one column of lists, that of the labels: this one is read in its place.
    """
    corpus = job.corpus.model_copy(update={"label": column, "label_separator": None})
    try:
        documents = read_shard(shard, corpus).documents
    except KeyError:
        raise CorpusError(
            f"{shard.file.path} has no column {column!r} (--spans); name the column with the marked spans"
        ) from None
    return dict(zip(documents["place"].to_pylist(), documents["labels"].to_pylist(), strict=True))


def parse_spans(parts: Sequence[str] | None, text: str, location: str, column: str) -> Spans | None:
    """Parse spans [start, end) in characters of `text`, from one JSON list or the items of a list.

    Returns None for a text that is not annotated.

    Raises:
        CorpusError: the value is not a list of spans, or a span is outside the text.
    """
    if parts is None:
        return None
    try:
        values = [json.loads(part) for part in parts]
    except (ValueError, RecursionError):
        raise _malformed_spans_error(location, column, " ".join(parts)) from None
    pairs = values[0] if len(values) == 1 and not _is_pair(values[0]) else values
    if pairs is None:
        return None
    if not isinstance(pairs, list) or not all(_is_pair(pair) for pair in pairs):
        raise _malformed_spans_error(location, column, " ".join(parts or ()))
    for start, end in pairs:
        if not 0 <= start <= end <= len(text):
            raise CorpusError(
                f"{location}: the span [{start}, {end}) in column {column!r} (--spans) is outside the text, which "
                f"has {len(text)} characters"
            )
    return tuple((start, end) for start, end in pairs)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(each) is int for each in value)


def _malformed_spans_error(location: str, column: str, received: str) -> CorpusError:
    return CorpusError(
        f"{location}: column {column!r} (--spans) must contain a list of [start, end) characters such as "
        f"[[0, 5], [9, 12]], but contains {received[:80]!r}"
    )
