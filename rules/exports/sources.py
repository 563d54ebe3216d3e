"""The patterns to export, from a store or a rule file, read as often as an exporter needs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camlode.config.errors import RulesError, did_you_mean
from camlode.rules.rule_file import is_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from camlode.rules.rule_set import Rule, RuleSet
    from camlode.sql import PatternStore

COMMON_COLUMNS = ("id", "label", "fragment")
"""The columns that every pattern has; its details follow."""


@dataclass(frozen=True, slots=True)
class ExportedPattern:
    """A fragment that is evidence for a label, with everything that its source records of it.

    id: RUN/LABEL/RANK for a pattern of a store.
    details: by name: of a store's pattern its run, rank, the columns of `camlode query` and the last review; of a rule
        its weights, in logits by label, and its statistics.
    """

    id: str
    label: str
    fragment: str
    details: Mapping[str, Any]

    def row(self) -> dict[str, Any]:
        """The pattern by column, `COMMON_COLUMNS` first."""
        return {"id": self.id, "label": self.label, "fragment": self.fragment, **self.details}


def pattern_from_row(row: Mapping[str, Any]) -> ExportedPattern:
    """Convert a row of the query "patterns"."""
    label, fragment = row["label"], row["fragment"]
    details = {name: value for name, value in row.items() if name not in COMMON_COLUMNS}
    return ExportedPattern(f"{row['run']}/{label}/{row['rank']}", label, fragment, details)


def pattern_from_rule(rule: Rule, statistics: Sequence[str]) -> ExportedPattern:
    """Convert a rule, with these `statistics`; one that the rule lacks is None."""
    known = {name: rule.statistics.get(name) for name in statistics}
    return ExportedPattern(rule.id, rule.label, rule.text, {"weights": dict(rule.weights), **known})


@dataclass(frozen=True)
class ExportedPatterns:
    """Patterns by label, in the order in which they are written; there is at least one.

    labels: all labels of the model, in its order.
    label: the label to export, None for all.
    fold, boundaries: how the patterns are matched, see `camlode.rules.matcher.Matcher`.
    read: yields the patterns of a label, or of all for None.
    store, run: the source; None if it is a rule file.
    language: the language of the patterns by its spaCy code, if the user names one.
    left_out: the number of patterns that the format cannot express, by the reason; exporters count them.
    """

    labels: tuple[str, ...]
    label: str | None
    fold: bool
    boundaries: bool
    read: Callable[[str | None], Iterator[ExportedPattern]]
    store: PatternStore | None = None
    run: int | None = None
    language: str | None = None
    left_out: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[ExportedPattern]:
        return self.read(self.label)

    def for_label(self, label: str) -> ExportedPatterns:
        """The patterns of one label, which may be none."""
        return replace(self, label=label)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of a pattern's columns."""
        return (*COMMON_COLUMNS, *next(iter(self)).details)


def is_rule_file(source: str) -> bool:
    """Whether a source is a rule file and not a pattern store; a URL is that of a store.

    Raises:
        RulesError: the file cannot be read, or is neither.
    """
    if "://" in source:
        return False
    try:
        content = None if is_database(source) else _read_json(source)
    except FileNotFoundError:
        raise RulesError(f"there is no pattern store and no rule file at {source}") from None
    except OSError as error:
        raise RulesError(f"{source} cannot be read: {error.strerror}") from error
    if content is not None and b'"camlode_rules"' not in content:
        raise RulesError(
            f"{source} is neither a pattern store (a SQLite file, or postgresql://USER@HOST/DATABASE) nor a rule file "
            '(JSON with "camlode_rules")'
        )
    return content is not None


def _read_json(source: str) -> bytes:
    """The content of a file that may be a JSON object; empty for any other, which may be too large to read."""
    with Path(source).open("rb") as file:
        beginning = file.read(100)
        return beginning + file.read() if beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else b""


def patterns_from_store(
    store: PatternStore, *, label: str | None = None, run: int | None = None, **filters: Any
) -> ExportedPatterns:
    """Read the patterns of a run that no review is against and that pass the `filters` of `PatternStore.patterns`.

    Raises:
        StoreError: there is no such run or label, or a filter is invalid.
        RulesError: no pattern is left.
    """
    labels = store.rows("labels", run=run)
    number = labels[0]["run"]
    unit = store.run(number)["unit"]

    def read(only_label: str | None) -> Iterator[ExportedPattern]:
        rows = store.stream("patterns", label=only_label, run=number, status="usable", **filters)
        return map(pattern_from_row, rows)

    names = tuple(row["label"] for row in labels)
    exported = ExportedPatterns(names, label, True, unit == "word", read, store, number)
    if next(iter(exported), None) is None:
        what = f"of {label!r} " if label is not None else ""
        raise RulesError(f"run {number} has no pattern {what}that passes the filters and that no review is against")
    return exported


def patterns_from_rules(rules: RuleSet, name: str, *, label: str | None = None) -> ExportedPatterns:
    """Convert the rules of a file, by label; errors call the file `name`.

    Raises:
        RulesError: there is no such label or no rule of it, or no export can contain a text or a statistic's name.
    """
    if label is not None and label not in rules.labels:
        raise RulesError(f"{name}: there is no label {label!r}: {did_you_mean(label, rules.labels)}")
    statistics = tuple(dict.fromkeys(key for rule in rules.rules for key in rule.statistics))
    _check_texts(rules, statistics, name)
    by_label: dict[str, list[ExportedPattern]] = {each: [] for each in rules.labels}
    for rule in rules.rules:
        by_label[rule.label].append(pattern_from_rule(rule, statistics))

    def read(only_label: str | None) -> Iterator[ExportedPattern]:
        for each in by_label if only_label is None else (only_label,):
            yield from by_label[each]

    exported = ExportedPatterns(rules.labels, label, rules.fold, rules.boundaries, read)
    if next(iter(exported), None) is None:
        raise RulesError(f"{name}: there is no rule of the label {label!r}")
    return exported


def _check_texts(rules: RuleSet, statistics: Sequence[str], name: str) -> None:
    for taken in (*COMMON_COLUMNS, "weights"):
        if taken in statistics:
            raise RulesError(f"{name}: a statistic is called {taken!r}, like a column of every export: rename it")
    for text in (*rules.labels, *statistics, *(part for rule in rules.rules for part in (rule.id, rule.text))):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise RulesError(f"{name}: {text!r} contains half of a surrogate pair, which UTF-8 cannot encode") from None
