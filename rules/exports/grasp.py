"""JSON for the explorer of GrASP (Lertvittayakumjorn et al. 2021), which shows one label against the rest."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from camlode.config.errors import RulesError, join_words
from camlode.rules.exports.texts import to_json_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from camlode.rules.exports.sources import ExportedPattern, ExportedPatterns
    from camlode.sql import PatternStore

MAX_PATTERNS = 1000
"""The maximum number of patterns: the explorer shows all of them on one page."""

_KINDS = {"pos": "supporting", "neg": "counter"}
_POSITIVE, _NEGATIVE = _KINDS


def lines(patterns: ExportedPatterns) -> Iterator[str]:
    """Write one object; a document is positive if the model predicted the label for it.

    The data set consists of the store's examples, each in three tokens: the text left of the fragment, the fragment,
    and the text right of it.

    Raises:
        RulesError: no label is chosen, there are too many patterns, or their documents are unknown because they come
            from a rule file or from a run without the match pass.
    """
    store, run, label, chosen = _check_patterns(patterns)
    totals = _read_totals(store, run, label)
    rules = [_make_rule(number, pattern, totals) for number, pattern in enumerate(chosen)]
    examples = {kind: _read_examples(store, run, label, kind, rules) for kind in _KINDS}
    content = {
        "configuration": _configuration(len(rules), f"run {run}, label {label}"),
        "alphabet": [_attribute(pattern) for pattern in chosen],
        "rules": [rule | _example_labels(rule["index"], examples) for rule in rules],
        "dataset": {"info": totals} | {f"{kind}_exs": found for kind, found in examples.items()},
    }
    yield f"{to_json_line(content)}\n"


def _check_patterns(patterns: ExportedPatterns) -> tuple[PatternStore, int, str, Sequence[ExportedPattern]]:
    if patterns.store is None or patterns.run is None:
        raise RulesError(
            "GrASP's explorer shows how many documents of a corpus contain each pattern, which a rule file does not "
            "hold: export the patterns of the store"
        )
    if patterns.label is None:
        raise RulesError(
            f"GrASP's explorer shows one label against the rest: name one of {join_words(patterns.labels)} with --label"
        )
    chosen = list(islice(patterns, MAX_PATTERNS + 1))
    if len(chosen) > MAX_PATTERNS:
        raise RulesError(
            f"GrASP's explorer shows all patterns on one page, so at most {MAX_PATTERNS}: use --top for the first"
        )
    if any(pattern.details["matched_documents"] is None for pattern in chosen):
        raise RulesError(
            f"run {patterns.run} was mined with patterns.match off, so it is not known how many documents its patterns "
            "are in: mine it with patterns.match: true"
        )
    return patterns.store, patterns.run, patterns.label, chosen


def _read_totals(store: PatternStore, run: int, label: str) -> dict[str, int]:
    total = store.run(run)["matched_documents"]
    positive = next(row["documents"] for row in store.rows("labels", run=run) if row["label"] == label)
    return {"total": total, "#pos": positive, "#neg": total - positive}


def _make_rule(index: int, pattern: ExportedPattern, totals: Mapping[str, int]) -> dict[str, Any]:
    """The explorer's description of a pattern; precision and recall are for the class of most of its documents."""
    documents, positive = pattern.details["matched_documents"], pattern.details["predicted_documents"]
    kind = _POSITIVE if positive >= documents - positive else _NEGATIVE
    class_documents = max(positive, documents - positive)
    precision, recall = _ratio(class_documents, documents), _ratio(class_documents, totals[f"#{kind}"])
    return {
        "index": index,
        "id": pattern.id,
        # The explorer evaluates this as Python.
        "pattern": repr([[_attribute(pattern)]]),
        "meaning": f'The fragment "{pattern.fragment}"',
        "class": kind,
        "#pos": positive,
        "#neg": documents - positive,
        "score": pattern.details["importance"],
        "coverage": _ratio(documents, totals["total"]),
        "precision": precision,
        "recall": recall,
        "F1": _ratio(2 * precision * recall, precision + recall),
    }


def _read_examples(
    store: PatternStore, run: int | None, label: str, kind: str, rules: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    by_attribute = {rule["pattern"]: rule for rule in rules}
    examples: list[dict[str, Any]] = []
    for row in store.stream("examples", label=label, run=run, kind=_KINDS[kind]):
        rule = by_attribute.get(repr([[f"TEXT:{row['fragment']}"]]))
        if rule is not None:
            tokens = [row["left"], row["hit"], row["right"]]
            sign = 1 if rule["class"] == _POSITIVE else -1
            marks = {"rules": [[], [rule["index"]], []], "class": [[], [sign], []]}
            examples.append({"idx": len(examples), "text": "".join(tokens), "tokens": tokens, "label": kind, **marks})
    return examples


def _example_labels(index: int, examples: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[bool]]:
    return {
        f"{kind}_example_labels": [example["rules"][1] == [index] for example in kind_examples]
        for kind, kind_examples in examples.items()
    }


def _configuration(patterns: int, comment: str) -> dict[str, Any]:
    return {
        "min_freq_threshold": 0.0,
        "correlation_threshold": 0.0,
        "alphabet_size": patterns,
        "num_patterns": patterns,
        "max_len": 1,
        "window_size": None,
        "gaps_allowed": 0,
        "gain_criteria": "cumulative importance in logits",
        "min_coverage_threshold": None,
        "include_standard": ["TEXT"],
        "include_custom": [],
        "comment": comment,
    }


def _attribute(pattern: ExportedPattern) -> str:
    return f"TEXT:{pattern.fragment}"


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
