"""Builders of the runs, patterns, stores and rule sets that tests need: each with usual values, changed by keyword."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from camlode.pipeline.records import DOCUMENTS_SCHEMA, REJECTS_SCHEMA, EncodedShard, Importances, ShardDocuments
from camlode.pipeline.stages.encode import encode
from camlode.pipeline.tokenizers.char import CharTokenizer
from camlode.pipeline.tokenizers.vocabulary import Vocabulary
from camlode.sql import CorpusEntry, ModelEntry, PatternStore, RunCounts, RunResult, RunStart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Row = dict[str, Any]

MATCHED: Row = {
    "matched_documents": 8,
    "matched_occurrences": 9,
    "predicted_documents": 6,
    "labelled_documents": 8,
    "gold_documents": 5,
    "precision": 0.75,
    "precision_lower": 0.4,
    "gold_precision": 0.625,
    "gold_precision_lower": 0.3,
    "coverage": 0.15,
    "lift": 2.0,
    "log_odds_z": 1.5,
}
"""The columns of a pattern that come from the match pass."""

UNMATCHED: Row = dict.fromkeys(MATCHED)

_COUNTS = [name for name in MATCHED if name.endswith(("documents", "occurrences"))]
_RATIOS = [name for name in MATCHED if name not in _COUNTS]

PATTERNS_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("label", "fragment", "normalised")),
        *((name, pa.int64()) for name in ("rank", "units", "documents", "occurrences", *_COUNTS)),
        *((name, pa.float64()) for name in ("importance", "mean", "share", "c_value", *_RATIOS)),
        ("maximal", pa.bool_()),
    ]
)
EXAMPLES_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("label", "fragment", "kind", "document", "place", "left", "hit", "right")),
        ("position", pa.int64()),
        ("importance", pa.float64()),
    ]
)
LABELS_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        *((name, pa.int64()) for name in ("documents", "gold_documents", "agreed_documents")),
        ("importance", pa.float64()),
    ]
)


def make_model(labels: Sequence[str], **changes: Any) -> ModelEntry:
    """Make the entry of a model with these labels."""
    values: Row = {
        "name": "cnn",
        "version": "1",
        "digest": "d1",
        "task": "multiclass",
        "labels": tuple(labels),
        "thresholds": (0.0,) * len(labels),
        "layers": ("conv",),
    }
    return ModelEntry(**values | changes)


def make_run_start(model: ModelEntry, corpus: str | CorpusEntry = "news", **changes: Any) -> RunStart:
    """Make the start of a run of a model over a corpus, given by its name or whole."""
    values: Row = {
        "fingerprint": "0f",
        "parts": {},
        "folder": "work/0f-1",
        "method": "grad-cam",
        "unit": "word",
        "model": model,
        "corpus": CorpusEntry(corpus, f"digest of {corpus}", files=1, bytes=900) if isinstance(corpus, str) else corpus,
        "settings": {},
        "versions": {},
    }
    return RunStart(**values | changes)


def make_run_counts(documents: int, **changes: Any) -> RunCounts:
    """Make the counts of a run in one shard that explained all its documents."""
    values: Row = {
        "documents_read": documents,
        "documents_explained": documents,
        "documents_rejected": 0,
        "documents_truncated": 0,
        "duplicate_ids": 0,
        "padding_share": 0.0,
        "empty_maps": 0,
        "residual": None,
        "shards": 1,
        "failed_shards": 0,
    }
    return RunCounts(**values | changes)


def make_pattern(label: str, rank: int, fragment: str, *, matched: bool = True, **changes: Any) -> Row:
    """Make a pattern; at rank r its importance is 12 / r, its mean 3 / r, its share 0.5 / r."""
    return {
        "label": label,
        "rank": rank,
        "fragment": fragment,
        "normalised": fragment.lower(),
        "units": 1,
        "importance": 12 / rank,
        "mean": 3 / rank,
        "share": 0.5 / rank,
        "documents": 4,
        "occurrences": 5,
        "c_value": 4.0,
        "maximal": True,
        **(MATCHED if matched else UNMATCHED),
        **changes,
    }


def make_patterns(
    fragments: Mapping[str, Iterable[str]],
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    matched: bool = True,
) -> list[Row]:
    """Make the patterns of fragments by label, ranked in their order; `changes` by fragment."""
    return [
        make_pattern(label, rank, fragment, matched=matched, **(changes or {}).get(fragment, {}))
        for label, texts in fragments.items()
        for rank, fragment in enumerate(texts, start=1)
    ]


def make_example(label: str, fragment: str, **changes: Any) -> Row:
    """Make a supporting example of a pattern."""
    return {
        "label": label,
        "fragment": fragment,
        "kind": "supporting",
        "position": 1,
        "document": "a",
        "place": "news.jsonl:1",
        "left": "买了",
        "hit": fragment,
        "right": "很快",
        "importance": 1.5,
        **changes,
    }


def make_label(name: str, **changes: Any) -> Row:
    """Make the totals of a label, without gold labels."""
    values: Row = {"documents": 40, "gold_documents": None, "agreed_documents": None, "importance": 24.0}
    return {"name": name, **values, **changes}


def make_run_result(
    patterns: Iterable[Row],
    labels: Iterable[Row],
    counts: RunCounts,
    *,
    examples: Iterable[Row] = (),
    rejects: Mapping[str, int] | None = None,
) -> RunResult:
    """Make a run's result from the rows of its tables."""
    return RunResult(
        pa.Table.from_pylist([*patterns], schema=PATTERNS_SCHEMA),
        pa.Table.from_pylist([*examples], schema=EXAMPLES_SCHEMA),
        pa.Table.from_pylist([*labels], schema=LABELS_SCHEMA),
        dict(rejects or {}),
        counts,
    )


def publish_run(store: PatternStore, start: RunStart, result: RunResult) -> int:
    """Publish a run in a store; returns its number."""
    run = store.start_run(start)
    store.publish(run, result)
    return run


def make_documents(texts: Sequence[str], gold: Sequence[list[str] | None] | None = None) -> pa.Table:
    """A table of the schema DOCUMENTS; ids are id0, id1 …, locations corpus:0 …"""
    numbers = range(len(texts))
    columns = {
        "id": [f"id{number}" for number in numbers],
        "text": [*texts],
        "labels": [None] * len(texts) if gold is None else [*gold],
        "place": [f"corpus:{number}" for number in numbers],
    }
    return pa.table(columns, schema=DOCUMENTS_SCHEMA)


def encode_texts(
    texts: Sequence[str],
    gold: Sequence[list[str] | None] | None = None,
    *,
    length: int = 1000,
    context: int = 20,
    truncation: Any = "post",
) -> EncodedShard:
    """A shard whose tokens are the characters of its texts."""
    tokenizer = CharTokenizer(Vocabulary({}, unknown=1, padding=0), length=length, truncation=truncation)
    return encode(ShardDocuments(make_documents(texts, gold), REJECTS_SCHEMA.empty_table()), tokenizer, context=context)


def make_importances(
    pairs: Sequence[tuple[int, int, Sequence[int]]],
    *,
    probability: float = 1.0,
    invalid: Sequence[int] = (),
    padding: Sequence[int] = (),
    residuals: Sequence[float] = (),
) -> Importances:
    """Importances of pairs of document, label and the values of the document's tokens."""
    return Importances(
        documents=np.array([document for document, _, _ in pairs], dtype=np.int32),
        labels=np.array([label for _, label, _ in pairs], dtype=np.int32),
        probabilities=np.full(len(pairs), probability, dtype=np.float32),
        values=np.array([value for _, _, values in pairs for value in values], dtype=np.int64),
        offsets=np.cumsum([0, *(len(values) for _, _, values in pairs)]),
        padding=np.array(padding or [0] * len(pairs), dtype=np.int64),
        residuals=np.array(residuals or [np.nan] * len(pairs), dtype=np.float32),
        invalid=np.array(invalid, dtype=np.int32),
    )
