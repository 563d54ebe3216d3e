from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import parse_job
from camlode.config.errors import JobError
from camlode.pipeline.faithfulness.removal import find_fill_id

if TYPE_CHECKING:
    from camlode.config import Job


def explainer(*, takes_text: bool = False, vectorizer: object = None) -> Any:
    return SimpleNamespace(takes_text=takes_text, model_info=SimpleNamespace(vectorizer=vectorizer))


def job(values: dict[str, Any], **tokenizer: object) -> Job:
    values["tokenizer"] |= tokenizer
    return parse_job(values)


@pytest.mark.parametrize(("removal", "expected"), [("deleted", None), ("unknown", 1), ("padding", 0)])
def test_the_vocabulary_tells_the_id(toy_values: Any, removal: Any, expected: int | None) -> None:
    assert find_fill_id(job(toy_values), explainer(), removal) == expected


def test_padding_is_the_id_that_the_job_names(toy_values: Any) -> None:
    assert find_fill_id(job(toy_values, padding_token="水"), explainer(), "padding") == 2


@pytest.mark.parametrize(("removal", "expected"), [("deleted", None), ("unknown", 1), ("padding", 0)])
def test_a_vectorizer_beside_the_model(toy_values: Any, removal: Any, expected: int | None) -> None:
    assert find_fill_id(job(toy_values), explainer(vectorizer=SimpleNamespace(unknown=1, ids={})), removal) == expected


def test_of_a_text_tokens_can_only_be_cut_out(toy_values: Any) -> None:
    with pytest.raises(JobError, match=r"--removal padding: the model takes texts, .* use deleted"):
        find_fill_id(job(toy_values), explainer(takes_text=True), "padding")
    assert find_fill_id(job(toy_values), explainer(takes_text=True), "deleted") is None


def test_without_an_unknown_token_it_cannot_stand_for_one(toy_values: Any) -> None:
    with pytest.raises(JobError, match=r"--removal unknown: the tokenizer leaves unknown tokens out"):
        find_fill_id(job(toy_values, unknown="skip"), explainer(), "unknown")
