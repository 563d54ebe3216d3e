"""The spans that people marked, as a column of the corpus gives them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from config.errors import CorpusError
from pipeline.stages.read import read_shard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config import Job
    from pipeline.faithfulness.plausibility import Spans
    from pipeline.records import Shard


def read_spans_by_location(job: Job, shard: Shard, column: str) -> dict[str, list[str] | None]:
    """What the column holds, unread, by the place of each document of the shard.

    The readers know one column of lists, that of the labels: they are told that this is it.
    """
    corpus = job.corpus.model_copy(update={"label": column, "label_separator": None})
    try:
        documents = read_shard(shard, corpus).documents
    except KeyError:
        raise CorpusError(
            f"{shard.file.path} has no column {column!r} (--spans); name the column that holds the marked spans"
        ) from None
    return dict(zip(documents["place"].to_pylist(), documents["labels"].to_pylist(), strict=True))


def parse_spans(parts: Sequence[str] | None, text: str, location: str, column: str) -> Spans | None:
    """The spans [start, end) in characters of `text`, from one JSON list or from a list's items; None: not annotated.

    Raises:
        CorpusError: something else stands there, or a span lies outside of the text.
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
                f"{location}: the span [{start}, {end}) in column {column!r} (--spans) is outside of the text, which "
                f"has {len(text)} characters"
            )
    return tuple((start, end) for start, end in pairs)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(each) is int for each in value)


def _malformed_spans_error(location: str, column: str, received: str) -> CorpusError:
    return CorpusError(
        f"{location}: column {column!r} (--spans) must hold a list of [start, end) characters such as [[0, 5], [9, 12]], "
        f"but holds {received[:80]!r}"
    )
