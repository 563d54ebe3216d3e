from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from camlode.config.errors import RulesError
from camlode.rules.exports import EXPORTERS, get_exporter
from camlode.rules.exports.sources import is_rule_file, patterns_from_rules
from camlode.rules.rule_file import write_rules
from camlode.rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    from pathlib import Path


def make_rule_set(*rules: Rule, labels: tuple[str, ...] = ("a", "b")) -> RuleSet:
    return RuleSet("multiclass", labels, rules, {})


def test_rules_come_by_label_in_the_models_order() -> None:
    rules = make_rule_set(Rule("1", "b", "x", {}), Rule("2", "a", "y", {}), Rule("3", "b", "z", {}))
    patterns = patterns_from_rules(rules, "r")
    assert [pattern.id for pattern in patterns] == ["2", "1", "3"]
    assert [pattern.id for pattern in patterns] == ["2", "1", "3"]
    assert [pattern.id for pattern in patterns.for_label("b")] == ["1", "3"]


def test_a_statistic_that_a_rule_lacks_is_none() -> None:
    rules = make_rule_set(
        Rule("1", "a", "x", {"a": 1.0}, {"documents": 3}), Rule("2", "a", "y", {"b": -1.0}, {"precision": 0.5})
    )
    patterns = patterns_from_rules(rules, "r")
    assert patterns.columns == ("id", "label", "fragment", "weights", "documents", "precision")
    assert [pattern.row() for pattern in patterns] == [
        {"id": "1", "label": "a", "fragment": "x", "weights": {"a": 1.0}, "documents": 3, "precision": None},
        {"id": "2", "label": "a", "fragment": "y", "weights": {"b": -1.0}, "documents": None, "precision": 0.5},
    ]


@pytest.mark.parametrize(
    ("rule", "label", "words"),
    [
        (Rule("1", "a", "x", {}), "c", "r: there is no label 'c': expected one of: a, b"),
        (Rule("1", "a", "x", {}), "b", "r: there is no rule of the label 'b'"),
        (
            Rule("1", "a", "x\ud83d", {}),
            None,
            r"r: 'x\\ud83d' contains half of a surrogate pair, which UTF-8 cannot encode",
        ),
        (
            Rule("1", "a", "x", {}, {"label": 3}),
            None,
            "r: a statistic is called 'label', like a column of every export",
        ),
    ],
)
def test_what_cannot_be_exported_is_refused(rule: Rule, label: str | None, words: str) -> None:
    with pytest.raises(RulesError, match=words):
        patterns_from_rules(make_rule_set(rule), "r", label=label)


def test_a_file_is_known_by_what_it_holds(tmp_path: Path) -> None:
    write_rules(make_rule_set(Rule("1", "a", "x", {})), tmp_path / "rules")
    (tmp_path / "store").write_bytes(b"SQLite format 3\0 and more")
    (tmp_path / "marked").write_bytes(b"\xef\xbb\xbf\n" + (tmp_path / "rules").read_bytes())
    assert [is_rule_file(str(tmp_path / name)) for name in ("rules", "store", "marked")] == [True, False, True]
    assert not is_rule_file("postgresql://me@host/patterns")


@pytest.mark.parametrize("content", [b"", b"{}", b'[{"camlode_rules": 1}]', b"SQLite", b"\xff\xfe", b"text" * 100])
def test_a_file_that_is_neither_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(RulesError, match=r"file is neither a pattern store \(a SQLite file, or postgresql://"):
        is_rule_file(str(tmp_path / "file"))


def test_every_format_is_known_by_its_name() -> None:
    names = "csv jsonl parquet spacy python argilla elasticsearch words jieba vocabulary grasp"
    assert list(EXPORTERS) == names.split()
    with pytest.raises(RulesError, match="there is no format 'spacey': did you mean 'spacy'"):
        get_exporter("spacey")


def test_all_but_parquet_are_text() -> None:
    found: dict[str, Any] = {name: type(exporter).__name__ for name, exporter in EXPORTERS.items()}
    assert found.pop("parquet") == "BinaryExporter"
    assert set(found.values()) == {"TextExporter"}
