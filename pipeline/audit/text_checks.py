"""The checks of an audit on fragments: those important for exclusive labels, and those that are not words."""

from __future__ import annotations

import unicodedata
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from camlode.pipeline.audit.checks import Check, FlaggedPattern, describe_share, possessive
from camlode.pipeline.audit.run_data import missing_matches_reason
from camlode.pipeline.display.numbers import format_share
from camlode.pipeline.fragments.characters import IDEOGRAPH, LETTER, SYMBOL, classify_characters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from camlode.pipeline.audit.findings import AuditLimits
    from camlode.pipeline.audit.run_data import RunData
    from camlode.sql import Row

MULTILABEL = "multilabel"

_COUNT_TOLERANCE = 1e-6

CONTRADICTING_NUMBERS = (
    "matched_documents",
    "predicted_documents",
    "other_labels",
    "other_ranks",
    "other_shares",
    "other_documents",
    "other_predicted_documents",
)


def check_contradicting(run_data: RunData, limits: AuditLimits) -> Iterator[FlaggedPattern | None]:
    """Flag a pattern that is among the first patterns of another label too, if the labels are exclusive.

    In a multi-class run any two labels are; in a multi-label run those whose precisions on the model's predictions add
    up to at most `max_precision_sum`, so that few documents with the fragment have both. Both precisions must be at
    least `min_split`; otherwise the fragment is weak evidence for one label, and not ambiguous.

    Numbers: the model predicts the label for predicted_documents of the matched_documents with the fragment. The same
    for other_labels, largest share first, with ranks, shares, and documents in which it was important. Without the
    match pass the numbers of documents with the fragment are None.
    """
    for patterns in _group_by_fragment(run_data):
        for pattern in patterns:
            if run_data.includes_label(pattern["label"]):
                others = [other for other in patterns if _is_contradiction(pattern, other, run_data, limits)]
                yield _flag_contradiction(pattern, sorted(others, key=lambda row: -row["share"])) if others else None


def _group_by_fragment(run_data: RunData) -> Iterable[list[Row]]:
    groups: dict[str, list[Row]] = {}
    for patterns in run_data.patterns.values():
        for pattern in patterns:
            groups.setdefault(pattern["fragment"], []).append(pattern)
    return groups.values()


def _is_contradiction(one: Row, other: Row, run_data: RunData, limits: AuditLimits) -> bool:
    if one is other or one["matched_documents"] is None:
        return one is not other
    predicted = one["predicted_documents"], other["predicted_documents"]
    if min(predicted) < limits.min_split * one["matched_documents"] - _COUNT_TOLERANCE:
        return False
    together = limits.max_precision_sum * one["matched_documents"] + _COUNT_TOLERANCE
    return run_data.run["task"] != MULTILABEL or bool(sum(predicted) <= together)


def _flag_contradiction(pattern: Row, others: Sequence[Row]) -> FlaggedPattern:
    numbers: dict[str, Any] = {name: pattern[name] for name in CONTRADICTING_NUMBERS[:2]} | {
        "other_labels": _column(others, "label")
    }
    for name in ("rank", "share", "documents", "predicted_documents"):
        numbers[f"other_{name.removesuffix('s')}s"] = _column(others, name)
    also = " and ".join(f"{format_share(other['share'])} of {possessive(other['label'])}" for other in others)
    return FlaggedPattern(
        pattern, f"{describe_share(pattern)} but also {also}: {_describe_split([pattern, *others])}", numbers
    )


def _column(patterns: Sequence[Row], name: str) -> list[Any]:
    return [pattern[name] for pattern in patterns]


def _describe_split(patterns: Sequence[Row]) -> str:
    """Describe how the documents with the fragment are divided between the labels."""
    matched = patterns[0]["matched_documents"]
    if not matched:
        parts = [f"in {row['documents']:,} documents for {row['label']}" for row in patterns]
        return f"it was important {' and '.join(parts)}"
    parts = [f"{format_share(row['predicted_documents'] / matched)} {row['label']}" for row in patterns]
    return f"of the {matched:,} documents with it the model calls {' and '.join(parts)}"


def skip_reason(run_data: RunData) -> str | None:
    """Return why the check cannot be made."""
    # Whether the labels of a multi-label run are exclusive is known from the match pass alone.
    return missing_matches_reason(run_data.run) if run_data.run["task"] == MULTILABEL else None


CONTRADICTING = Check("contradicting", check_contradicting, skip_reason, CONTRADICTING_NUMBERS)


_LAYOUT = "a sign of the layout of a text and not of its topic"

REASONS = {
    "brackets": f"is in brackets, which the model sees too: {_LAYOUT}",
    "punctuation": f"consists of punctuation or symbols: {_LAYOUT}",
    "digits": "consists of digits, which seldom indicate the topic of a text",
    "character": "is a single character, which is part of many words",
    "letter": "is a single letter, which says little about the topic of a text",
}
"""The second half of the reason, by kind."""

_EMOJI_SELECTOR = "\ufe0f"


def check_not_a_word(run_data: RunData, _limits: AuditLimits) -> Iterator[FlaggedPattern | None]:
    """Flag a pattern that is not a word. Numbers: kind, a key of REASONS."""
    for pattern in run_data.audited_patterns():
        yield _check_fragment(pattern)


def _check_fragment(pattern: Row) -> FlaggedPattern | None:
    kind = classify_non_word(pattern["fragment"])
    return (
        None
        if kind is None
        else FlaggedPattern(pattern, f"{describe_share(pattern)} and {REASONS[kind]}", {"kind": kind})
    )


def classify_non_word(fragment: str) -> str | None:
    """Classify a fragment that is not a word by a key of REASONS; None for words and emoji.

    An emoji carries meaning; arrows, stars, squares and the like count as punctuation.
    """
    classes = classify_characters(np.frombuffer(fragment.encode("utf-32-le"), dtype=np.uint32))
    wordlike = (classes == IDEOGRAPH) | (classes == LETTER)
    letters = [char for char, is_letter in zip(fragment, wordlike.tolist(), strict=True) if is_letter]
    if not letters:
        return None if _has_emoji(fragment, (classes == SYMBOL).tolist()) else "punctuation"
    if _is_enclosed(fragment):
        return "brackets"
    if all(unicodedata.category(char)[0] == "N" for char in letters):
        return "digits"
    if len(letters) > 1 or (classes == SYMBOL).any():
        return None
    return "character" if (classes == IDEOGRAPH).any() else "letter"


def _is_enclosed(fragment: str) -> bool:
    """Whether the first character is a bracket that the last one closes."""
    steps = [(category == "Ps") - (category == "Pe") for category in map(unicodedata.category, fragment)]
    depths = [*accumulate(steps)]
    return steps[0] == 1 and depths[-1] == 0 and 0 not in depths[:-1]


def _has_emoji(fragment: str, symbols: list[bool]) -> bool:
    drawn = [char for char, is_symbol in zip(fragment, symbols, strict=True) if is_symbol]
    return _EMOJI_SELECTOR in fragment or any(unicodedata.east_asian_width(char) == "W" for char in drawn)


NOT_A_WORD = Check("not_a_word", check_not_a_word, lambda _: None, ("kind",))
