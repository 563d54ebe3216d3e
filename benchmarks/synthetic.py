"""Synthetic runs: any number of patterns of random Chinese words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from camlode.sql import CorpusEntry, ModelEntry, RunCounts, RunResult, RunStart

if TYPE_CHECKING:
    import numpy.typing as npt

CHARACTERS = 3000
"""Number of distinct characters; their frequencies follow a power law."""

NO_EXAMPLES = pa.schema(
    [
        *((name, pa.string()) for name in ("label", "fragment", "kind", "document", "place", "left", "hit", "right")),
        ("position", pa.int64()),
        ("importance", pa.float64()),
    ]
)


def make_label_names(labels: int) -> tuple[str, ...]:
    """Names of `labels` labels."""
    return tuple(f"label {number:02}" for number in range(labels))


def make_fragments(count: int, seed: int) -> list[str]:
    """Make `count` distinct words of two to six characters."""
    generator = np.random.default_rng(seed)
    weights = 1 / np.arange(1, CHARACTERS + 1) ** 0.9
    found: dict[str, None] = {}
    while len(found) < count:
        lengths = generator.integers(2, 7, count)
        codes = 0x4E00 + generator.choice(CHARACTERS, lengths.sum(), p=weights / weights.sum())
        text = "".join(map(chr, codes.tolist()))
        ends = np.cumsum(lengths).tolist()
        found |= dict.fromkeys(text[end - length : end] for end, length in zip(ends, lengths.tolist(), strict=True))
    return list(found)[:count]


def make_run_start(labels: int, name: str = "synthetic") -> RunStart:
    """Start record of a run with `labels` labels."""
    names = make_label_names(labels)
    model = ModelEntry(name, None, "0", "multiclass", names, (0.0,) * labels, ("conv",))
    corpus = CorpusEntry("synthetic", "0", files=1, bytes=1)
    return RunStart("0", {}, "nowhere", "grad-cam", "word", model, corpus, {}, {})


def make_run_result(labels: int, per_label: int, words: list[str], seed: int) -> RunResult:
    """A result with `per_label` patterns of each label drawn from `words`, so that labels share some of them."""
    generator = np.random.default_rng(seed)
    numbers = np.concatenate([generator.permutation(len(words))[:per_label] for _ in range(labels)])
    counts = _draw_counts(generator, len(numbers))
    ranks = np.tile(np.arange(1, per_label + 1), labels)
    importance = 1e4 / ranks
    total = importance[:per_label].sum()
    texts = pa.array(words, pa.string()).take(pa.array(numbers))
    patterns = {
        "label": pa.array(np.repeat(make_label_names(labels), per_label), pa.string()),
        "rank": ranks,
        "fragment": texts,
        "normalised": texts,
        "units": np.ones(len(numbers), np.int64),
        "importance": importance,
        "mean": importance / counts["documents"],
        "share": importance / total,
        **counts,
        **{name: generator.random(len(numbers)) for name in _SHARES},
        "maximal": generator.random(len(numbers)) < 0.8,
    }
    sums = {"documents": 10_000, "gold_documents": 10_000, "agreed_documents": 9_000, "importance": float(total)}
    names = {"name": list(make_label_names(labels))} | {name: [value] * labels for name, value in sums.items()}
    run_counts = RunCounts(1, 1, 0, 0, 0, 0.0, 0, None, 1, 0, gold_documents=1, matched_documents=1)
    return RunResult(pa.table(patterns), NO_EXAMPLES.empty_table(), pa.table(names), {}, run_counts)


_SHARES = (
    "precision",
    "precision_lower",
    "gold_precision",
    "gold_precision_lower",
    "coverage",
    "lift",
    "log_odds_z",
    "c_value",
)


def _draw_counts(generator: np.random.Generator, size: int) -> dict[str, npt.NDArray[Any]]:
    matched = generator.integers(10, 1000, size)
    return {
        "documents": matched // 3,
        "occurrences": matched // 2,
        "matched_documents": matched,
        "matched_occurrences": matched + 5,
        "predicted_documents": matched // 2,
        "labelled_documents": matched,
        "gold_documents": matched // 3,
    }
