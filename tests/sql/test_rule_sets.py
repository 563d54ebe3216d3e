"""Rule sets in a store: versions, measures, and that they outlive runs."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from camlode.config.errors import StoreError
from camlode.sql import PatternStore, RuleMeasure
from tests.sql.databases import both_databases


def rule_file(*texts, task="multiclass"):
    rules = [{"id": text, "label": "财经", "text": text, "weights": {"财经": 1.0}} for text in texts]
    return json.dumps({"camlode_rules": 1, "task": task, "labels": ["财经", "房产"], "biases": {}, "rules": rules})


FIRST, SECOND = rule_file("基金"), rule_file("基金", "期货")

GOLD = RuleMeasure("news/test", "gold", "accuracy", 0.75)
FIDELITY = RuleMeasure("news/test", "model", "accuracy", 0.5)
COVERAGE = RuleMeasure("news/test", "gold", "coverage", 0.25)


@pytest.fixture
def saved(store, publish_run):
    """Run 1, and two versions of rules made of it."""
    run = publish_run({"财经": ["基金", "期货"]})
    store.save_rules("news", FIRST, run, [GOLD, FIDELITY], author="ann")
    store.save_rules("news", SECOND, run)
    return store


def test_versions_are_counted_for_each_name(store):
    assert [store.save_rules(name, FIRST) for name in ("news", "news", "other", "news")] == [1, 2, 1, 3]


def test_a_rule_set_is_told_with_its_measures(saved):
    first, second = saved.rows("rule_sets")
    assert timedelta(0) <= datetime.now(UTC) - first.pop("created") < timedelta(minutes=1)
    assert first == {
        "name": "news",
        "version": 1,
        "run": 1,
        "task": "multiclass",
        "labels": 2,
        "rules": 1,
        "author": "ann",
        "evaluations": [
            {"corpus": "news/test", "against": "gold", "measure": "accuracy", "value": 0.75},
            {"corpus": "news/test", "against": "model", "measure": "accuracy", "value": 0.5},
        ],
    }
    assert (second["version"], second["rules"], second["author"], second["evaluations"]) == (2, 2, "", [])


@both_databases
def test_rule_sets_are_answered_by_name_and_as_a_table(saved):
    saved.save_rules("a", FIRST)
    assert saved.rule_sets()[["name", "version"]].values.tolist() == [["a", 1], ["news", 1], ["news", 2]]
    table = saved.rule_sets("a")
    assert table["run"].isna().tolist() == [True]
    assert table["evaluations"].tolist() == [[]]
    assert saved.rows("rule_sets", name="' OR 1=1 --") == []


@both_databases
def test_the_text_comes_back_as_it_was(saved):
    assert (saved.rules("news"), saved.rules("news", 1), saved.rules("news", 2)) == (SECOND, FIRST, SECOND)


@pytest.mark.parametrize(
    "text",
    [
        'it\'s "so"; DROP TABLE rule_sets; --',
        "100%_\\% :run ? %s",
        "\u202eabc",
        "👩‍👩‍👧",
        "基\0金",
        "\uf8ff0",
        "x" * 10_000,
    ],
)
def test_whatever_rules_hold_comes_back_verbatim(store, text):
    store.save_rules("news", rule_file(text), author=text)
    assert store.rules("news") == rule_file(text)
    assert store.rows("rule_sets")[0]["author"] == text


@pytest.mark.parametrize("name", ["it's", "100% :run", "财经 新闻", "x" * 200, "基\0金"])
def test_whatever_its_name_a_rule_set_is_found(store, name):
    store.save_rules(name, FIRST, None, [RuleMeasure(name, "gold", name, 1.0)])
    (row,) = store.rows("rule_sets", name=name)
    assert (row["name"], row["evaluations"][0]["corpus"]) == (name, name)
    assert store.rules(name) == FIRST


@both_databases
def test_rule_sets_outlive_their_run(saved, publish_run):
    second = publish_run({"财经": ["期货"]})
    saved.delete_run(1)
    saved.make_current(second)
    saved.delete_run(second)
    assert [(row["run"], row["version"]) for row in saved.rows("rule_sets")] == [(1, 1), (1, 2)]
    assert saved.rules("news", 1) == FIRST
    assert publish_run({"财经": ["基金"]}) == 3


@both_databases
def test_a_measure_is_replaced_and_others_stay(saved):
    saved.save_measures("news", 1, [RuleMeasure("news/test", "gold", "accuracy", 0.875), COVERAGE])
    saved.save_measures("news", None, [COVERAGE])
    first, second = (
        [(row["measure"], row["value"]) for row in each["evaluations"]] for each in saved.rows("rule_sets")
    )
    assert first == [("accuracy", 0.875), ("coverage", 0.25), ("accuracy", 0.5)]
    assert second == [("coverage", 0.25)]


@both_databases
def test_the_view_has_a_row_for_each_evaluation(saved, query):
    saved.save_measures("news", 1, [COVERAGE])
    columns = "name, version, run, rules, corpus, against, accuracy, coverage, micro_f1"
    found = query(f"SELECT {columns} FROM rule_set_summary ORDER BY version, against")
    assert found == [
        ("news", 1, 1, 1, "news/test", "gold", 0.75, 0.25, None),
        ("news", 1, 1, 1, "news/test", "model", 0.5, None, None),
        ("news", 2, 1, 2, None, None, None, None, None),
    ]


@both_databases
def test_many_who_save_at_once_get_a_version_each(store, address):
    def save(_number):
        return PatternStore(address).save_rules("news", FIRST)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(save, range(8))) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_rules_are_read_without_sqlalchemy(saved, address, run_python):
    code = (
        "import sys; from camlode.sql import PatternStore; store = PatternStore(arguments[0]); "
        "print(store.rows('rule_sets')[1]['rules'], len(store.rules('news')), 'sqlalchemy' in sys.modules)"
    )
    assert run_python(code, address).stdout == f"2 {len(SECOND)} False\n"


@pytest.mark.parametrize(
    ("name", "version", "message"),
    [
        ("new", None, "there is no rule set 'new': did you mean 'news'[?]"),
        ("news", 3, "rule set 'news' has no version 3: its versions are 1, 2$"),
    ],
)
def test_what_is_not_there_is_refused(saved, name, version, message):
    with pytest.raises(StoreError, match=message):
        saved.rules(name, version)
    with pytest.raises(StoreError, match=message):
        saved.save_measures(name, version, [COVERAGE])


def test_a_store_without_rule_sets_says_how_to_make_one(store):
    with pytest.raises(StoreError, match=r"there is no rule set 'news': it has none; camlode rules build makes one$"):
        store.rules("news")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", FIRST), "a rule set cannot be called '': expected 1 to 200 characters without # and @"),
        ((" news", FIRST), "cannot be called ' news'"),
        (("a#b", FIRST), "cannot be called 'a#b'"),
        (("a@2", FIRST), "cannot be called 'a@2'"),
        (("x" * 201, FIRST), "cannot be called 'x"),
        (("\udc80", FIRST), "the name of a rule set is not valid text"),
        (("news", "{}"), "the text is not a rule file, so it is not saved: camlode rules build writes one"),
        (("news", "broken"), "the text is not a rule file"),
        (("news", "[]"), "the text is not a rule file"),
        (("news", '"\udc80"'), "the text is not a rule file"),
        (("news", rule_file("基金", task="binary")), "task is 'binary': expected multiclass or multilabel"),
        (("news", FIRST, 9), "there is no run 9: camlode runs lists them"),
        (
            ("news", FIRST, None, [RuleMeasure("c", "gold", "accuracy", float("nan"))]),
            "accuracy on 'c' is nan: expected",
        ),
        (
            ("news", FIRST, None, [RuleMeasure("c", "people", "accuracy", 0.5)]),
            "against is 'people': expected model or",
        ),
        (("news", FIRST, None, [RuleMeasure("c" * 201, "gold", "accuracy", 0.5)]), "corpus is 'c"),
        (("news", FIRST, None, [COVERAGE, RuleMeasure("c", "gold", "", 0.5)]), "measure is ''"),
    ],
)
def test_a_mistake_leaves_nothing_behind(store, query, arguments, message):
    with pytest.raises(StoreError, match=message):
        store.save_rules(*arguments)
    assert store.rows("rule_sets") == []
    assert query("SELECT count(*) FROM rule_set_evaluations") == [(0,)]
