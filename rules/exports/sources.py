"""Where exported patterns come from: a store or a rule file, read as often as an exporter needs."""
# MERGED: A pattern on its way out of a store or a rule file.

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camlode.config.errors import RulesError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from camlode.rules.rule_set import Rule, RuleSet
    from camlode.sql import PatternStore

COMMON_COLUMNS = ("id", "label", "fragment")
"""The columns that every pattern has; what else is known follows."""


@dataclass(frozen=True, slots=True)
class ExportedPattern:
    """A fragment that speaks for a label, and all that is known of the two.

    `id` says where it comes from: RUN/LABEL/RANK for a pattern of a store. `details` are by name: run, rank, the columns
    of `camlode query` and the last review of a store's pattern; the weights of a rule, in logits by label, and its
    statistics.
    """

    id: str
    label: str
    fragment: str
    details: Mapping[str, Any]

    def row(self) -> dict[str, Any]:
        """All of it by column, `COMMON_COLUMNS` first."""
        return {"id": self.id, "label": self.label, "fragment": self.fragment, **self.details}


def pattern_from_row(row: Mapping[str, Any]) -> ExportedPattern:
    """A row that a store answers the question "patterns" with."""
    label, fragment = row["label"], row["fragment"]
    details = {name: value for name, value in row.items() if name not in COMMON_COLUMNS}
    return ExportedPattern(f"{row['run']}/{label}/{row['rank']}", label, fragment, details)


def pattern_from_rule(rule: Rule, statistics: Sequence[str]) -> ExportedPattern:
    """A rule, with those `statistics`; one that it lacks is None."""
    known = {name: rule.statistics.get(name) for name in statistics}
    return ExportedPattern(rule.id, rule.label, rule.text, {"weights": dict(rule.weights), **known})


@dataclass(frozen=True)
class ExportedPatterns:
    """Patterns by label, in the order in which they are written; there is at least one.

    labels: all that the model has, in its order. label: the only one whose patterns are wanted, or None.
    fold, boundaries: how they are matched, see `camlode.rules.matcher.Matcher`.
    store, run: where they come from; None where that is a rule file.
    language: what the user says that they are in, as spaCy calls it.
    left_out: how many the exporter has found that its format can't express, by what they hold.
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
        """Those of one label; perhaps none."""
        return replace(self, label=label)

    @property
    def columns(self) -> tuple[str, ...]:
        """What is known of each pattern."""
        return (*COMMON_COLUMNS, *next(iter(self)).details)


def is_rule_file(source: str) -> bool:
    """Whether a file has rules rather than a store; a URL is a store's.

    Raises:
        RulesError: it cannot be read, or is neither.
    """
    if "://" in source:
        return False
    try:
        content = None if _is_database(source) else _read_json(source)
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


def _is_database(source: str) -> bool:
    with Path(source).open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def _read_json(source: str) -> bytes:
    """The bytes of a file that may be a JSON object, nothing of another one."""
    with Path(source).open("rb") as file:
        beginning = file.read(100)
        return beginning + file.read() if beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else b""


def patterns_from_store(
    store: PatternStore, *, label: str | None = None, run: int | None = None, **filters: Any
) -> ExportedPatterns:
    """The patterns of a run that nobody has spoken against and that pass the `filters` of `PatternStore.patterns`.

    Raises:
        StoreError: there is no such run or label, or a filter is none.
        RulesError: no pattern is left.
    """
    labels = store.rows("labels", run=run)
    number = labels[0]["run"]
    unit = next(row["unit"] for row in store.rows("runs") if row["run"] == number)

    def read(wanted: str | None) -> Iterator[ExportedPattern]:
        rows = store.stream("patterns", label=wanted, run=number, status="usable", **filters)
        return map(pattern_from_row, rows)

    names = tuple(row["label"] for row in labels)
    found = ExportedPatterns(names, label, True, unit == "word", read, store, number)
    if next(iter(found), None) is None:
        what = f"of {label!r} " if label is not None else ""
        raise RulesError(f"run {number} has no pattern {what}that passes the filters and that no review is against")
    return found


def patterns_from_rules(rules: RuleSet, name: str, *, label: str | None = None) -> ExportedPatterns:
    """The rules of a file called `name`, by label.

    Raises:
        RulesError: there is no such label or no rule of it, or the file holds what no export can.
    """
    if label is not None and label not in rules.labels:
        raise RulesError(f"{name}: there is no label {label!r}: {did_you_mean(label, rules.labels)}")
    statistics = tuple(dict.fromkeys(key for rule in rules.rules for key in rule.statistics))
    _check_texts(rules, statistics, name)
    by_label: dict[str, list[ExportedPattern]] = {each: [] for each in rules.labels}
    for rule in rules.rules:
        by_label[rule.label].append(pattern_from_rule(rule, statistics))

    def read(wanted: str | None) -> Iterator[ExportedPattern]:
        for each in by_label if wanted is None else (wanted,):
            yield from by_label[each]

    found = ExportedPatterns(rules.labels, label, rules.fold, rules.boundaries, read)
    if next(iter(found), None) is None:
        raise RulesError(f"{name}: there is no rule of the label {label!r}")
    return found


def _check_texts(rules: RuleSet, statistics: Sequence[str], name: str) -> None:
    for taken in (*COMMON_COLUMNS, "weights"):
        if taken in statistics:
            raise RulesError(f"{name}: a statistic is called {taken!r}, as a column of every export: rename it")
    for text in (*rules.labels, *statistics, *(part for rule in rules.rules for part in (rule.id, rule.text))):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise RulesError(f"{name}: {text!r} holds half of a character, which no export can hold") from None
