"""Every method that a job may name is there, and says what it is and where it comes from."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from camlode.config.attribution import UNSUMMABLE_METHODS, Attribution, MethodName
from camlode.pipeline.attribution.methods import METHODS


def test_each_name_has_a_class_of_its_own() -> None:
    assert tuple(METHODS) == get_args(MethodName)
    assert len(set(METHODS.values())) == len(METHODS)


@pytest.mark.parametrize("name", METHODS)
def test_a_class_gives_its_formula_its_source_and_its_unit(name: MethodName) -> None:
    method = METHODS[name]
    assert method.__dict__["__doc__"]
    sources = re.findall(
        r"https://(?:arxiv\.org/abs/\d{4}\.\d{4,5}|doi\.org/10\.\S+|github\.com/\S+)", method.__doc__ or ""
    )
    assert len(sources) == 1
    assert method.unit


@pytest.mark.parametrize("name", METHODS)
def test_what_is_kept_is_what_the_method_says_unless_the_job_does(name: MethodName) -> None:
    assert METHODS[name](Attribution(method=name)).effective_sign == METHODS[name].sign
    assert METHODS[name](Attribution(method=name, sign="negative")).effective_sign == "negative"


def test_those_whose_scores_have_no_common_scale_are_named_where_a_job_is_checked() -> None:
    assert tuple(name for name, method in METHODS.items() if not method.accumulates) == UNSUMMABLE_METHODS


@pytest.mark.parametrize(
    ("name", "target", "unit"),
    [
        ("grad-cam", "logit", "logits"),
        ("grad-cam", "probability", "probability"),
        ("saliency", "probability", "probability per unit of embedding"),
        ("eigen-cam", "probability", "activation"),
        ("text-grad-cam", "logit", "share of the text's maximum"),
    ],
)
def test_importances_are_told_in_what_is_explained(name: MethodName, target: Any, unit: str) -> None:
    assert METHODS[name](Attribution(method=name, target=target)).effective_unit == unit
