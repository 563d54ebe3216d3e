from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config import CamlodeError
from camlode.rules.evidence import (
    Evidence,
    collect_evidence,
    firing_matrix,
    label_matrix,
    validate_labels,
    validate_texts,
)
from camlode.rules.matcher import Matcher
from camlode.rules.rule_set import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXTS = ["Apple pear apple", "", "APPLE phones", "phone"]
CANDIDATES = [Rule("1", "food", "apple", {}), Rule("2", "tech", "phone", {}), Rule("3", "tech", "Apple", {})]
LABELS = ("food", "tech")
TARGETS = label_matrix(["food", "food", "tech", "tech"], LABELS)


def collect(candidates: Sequence[Rule] = CANDIDATES, **options: Any) -> Evidence:
    settings = {"exclusive": True, "fold": True, "boundaries": True} | options
    return collect_evidence(candidates, TEXTS, TARGETS, LABELS, **settings)


def test_a_fragment_fires_once_in_a_text_however_often_it_is_there() -> None:
    found = firing_matrix(Matcher(["pear", "apple", "kiwi"]), TEXTS)
    assert found.toarray().tolist() == [[1, 1, 0], [0, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert (found.dtype, found.nnz, found.has_canonical_format) == (np.float32, 3, True)


@pytest.mark.parametrize(("fragments", "texts"), [([], []), ([], ["a"]), (["a"], []), (["a"], ["", ""])])
def test_where_nothing_fires_the_matrix_is_empty(fragments: list[str], texts: list[str]) -> None:
    found = firing_matrix(Matcher(fragments), texts)
    assert (found.shape, found.nnz) == ((len(texts), len(fragments)), 0)


def test_candidates_of_one_text_share_a_column() -> None:
    found = collect()
    assert (found.columns.tolist(), found.labels.tolist()) == ([0, 1, 0], [0, 1, 1])
    assert found.firing_matrix.toarray().tolist() == [[1, 0], [0, 0], [1, 0], [0, 1]]


def test_case_and_boundaries_follow_the_options() -> None:
    found = collect(fold=False, boundaries=False)
    assert found.columns.tolist() == [0, 1, 2]
    assert found.firing_matrix.toarray().tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 0], [0, 1, 0]]


def test_of_some_texts() -> None:
    found = collect().select_texts(np.array([2, 3]))
    assert found.firing_matrix.toarray().tolist() == [[1, 0], [0, 1]]
    assert found.targets.tolist() == [[False, True], [False, True]]
    assert found.candidates == tuple(CANDIDATES)


def test_of_some_candidates_each_has_a_column() -> None:
    found = collect().select_candidates([2, 1])
    assert [rule.id for rule in found.candidates] == ["3", "2"]
    assert (found.columns.tolist(), found.labels.tolist()) == ([0, 1], [1, 1])
    assert found.firing_matrix.toarray().tolist() == [[1, 0], [0, 0], [1, 0], [0, 1]]


def test_of_no_candidates() -> None:
    found = collect().select_candidates([])
    assert (found.candidates, found.firing_matrix.shape) == ((), (4, 0))


def test_texts_have_one_label_several_or_none() -> None:
    assert label_matrix(["b", ("a", "b"), frozenset(), ["a", "a"], "a"], ("a", "b")).tolist() == [
        [False, True],
        [True, True],
        [False, False],
        [True, False],
        [True, False],
    ]


def test_a_label_that_is_not_among_those_known_is_refused() -> None:
    with pytest.raises(CamlodeError) as refused:
        label_matrix(["food", ("food", "tec")], LABELS)
    assert str(refused.value) == "text 1 has the label 'tec': did you mean 'tech'?"


def test_labels_may_come_one_by_one_and_of_any_kind_of_text() -> None:
    found = validate_labels(iter([np.str_("a"), {"b"}, (), ["c", np.str_("a")], np.array(["b"])]))
    assert found == ["a", ("b",), (), ("c", "a"), ("b",)]
    assert {type(name) for each in found for name in ([each] if isinstance(each, str) else each)} == {str}


@pytest.mark.parametrize(
    ("y", "line"),
    [
        ("food", "labels are str 'food': expected the label or labels of each text"),
        (None, "labels are NoneType 'None': expected the label or labels of each text"),
        ([0, 1], "text 0 has the label 0: expected a name, or a collection of names"),
        (["food", None], "text 1 has the label None: expected a name, or a collection of names"),
        ([["food"], ["food", 3]], "text 1 has the label 3: expected a name, or a collection of names"),
        ([["food"], [["tech"]]], "text 1 has the label ['tech']: expected a name, or a collection of names"),
        (np.eye(2, dtype=int).tolist(), "text 0 has the label 1: expected a name, or a collection of names"),
    ],
)
def test_labels_that_are_none_are_refused(y: Any, line: str) -> None:
    with pytest.raises(CamlodeError) as refused:
        validate_labels(y)
    assert str(refused.value) == line


def test_texts_may_come_one_by_one() -> None:
    assert validate_texts(iter(["a", np.str_("b"), ""])) == ["a", "b", ""]


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        ("Apple", "texts are str 'Apple': expected a list of texts"),
        (b"Apple", "texts are bytes \"b'Apple'\": expected a list of texts"),
        (None, "texts are NoneType 'None': expected a list of texts"),
        (["a", None], "text 1 is NoneType 'None': expected str"),
        (["a", float("nan")], "text 1 is float 'nan': expected str"),
        ([b"a"], "text 0 is bytes \"b'a'\": expected str"),
        (np.zeros((1, 2)), "text 0 is ndarray '[0. 0.]': expected str"),
    ],
)
def test_texts_that_are_none_are_refused(texts: Any, line: str) -> None:
    with pytest.raises(CamlodeError) as refused:
        validate_texts(texts)
    assert str(refused.value) == line
