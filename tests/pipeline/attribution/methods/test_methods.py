"""The registry of methods: complete, with formula, source, sign and unit of each."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from camlode import mine
from camlode.config import Job, JobError
from camlode.config.attribution import NON_ADDITIVE_METHODS, Attribution, MethodName
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
def test_the_sign_is_the_methods_unless_the_job_gives_one(name: MethodName) -> None:
    assert METHODS[name](Attribution(method=name)).effective_sign == METHODS[name].sign
    assert METHODS[name](Attribution(method=name, sign="negative")).effective_sign == "negative"


def test_methods_without_a_common_scale_are_those_that_mine_refuses() -> None:
    assert tuple(name for name, method in METHODS.items() if not method.is_additive) == NON_ADDITIVE_METHODS


@pytest.mark.parametrize("method", NON_ADDITIVE_METHODS)
def test_mine_refuses_scores_without_a_common_scale_before_anything_runs(method: MethodName) -> None:
    job = Job.model_construct(attribution=Attribution(method=method))
    with pytest.raises(JobError, match=rf"{method} divides each text's scores by their own maximum"):
        mine(job)


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
def test_the_unit_follows_the_target(name: MethodName, target: Any, unit: str) -> None:
    assert METHODS[name](Attribution(method=name, target=target)).effective_unit == unit
