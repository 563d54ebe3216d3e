from __future__ import annotations

import json
from typing import Any

import pytest

from camlode.config.errors import CamlodeError
from camlode.pipeline.explanations.explanation import Explanation, parse_json, parse_values

TOKEN = {"text": "ab", "start": 1, "end": 3, "importance": 0.5}
EXPECTED = "; expected what Explanation.to_json or to_dict gave"


def values(token: dict[str, Any] | None = None, **label: Any) -> dict[str, Any]:
    tokens = [TOKEN, {**TOKEN, **(token or {})}]
    return {"text": "xabx", "labels": [{"label": "l", "score": 1.0, "tokens": tokens, "fragments": [], **label}]}


def test_what_the_first_release_wrote_is_read() -> None:
    explanation = parse_values(values())
    assert (explanation.method, explanation.unit, explanation.labels[0].residual) == ("grad-cam", "logits", None)


def test_keys_that_are_not_known_are_left_out() -> None:
    assert parse_values({**values(), "later": 1}) == parse_values(values())


def test_bytes_are_read_as_text_is() -> None:
    line = json.dumps(values())
    assert parse_json(line.encode()) == parse_json(line)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "Invalid JSON: EOF while parsing a value"),
        ('{"text": "a"', "Invalid JSON: EOF while parsing an object"),
        ("[" * 100_000, "Invalid JSON: recursion limit exceeded"),
        (b"\xff", "Invalid JSON: expected value"),
        ('"\udce4"', "Input should be a valid string"),
        ("[]", "Input should be an object"),
        ("{}", "text: Field required"),
        ('{"text": 1, "labels": []}', "text: Input should be a valid string"),
        ('{"text": "a", "labels": 1}', "labels: Input should be a valid array"),
        ('{"text": "a", "labels": [{}]}', "labels.0.label: Field required"),
    ],
)
def test_json_that_is_no_explanation(line: str | bytes, problem: str) -> None:
    with pytest.raises(CamlodeError) as caught:
        parse_json(line)
    message = str(caught.value)
    assert message.startswith(f"not an explanation: {problem}")
    assert message.endswith(EXPECTED)
    assert "\n" not in message


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (values({"end": 2}), "labels.0.tokens.1: characters 1 to 2 of the text are not 'ab'"),
        (values({"start": -3, "end": -1}), "labels.0.tokens.1: characters -3 to -1 of the text are not 'ab'"),
        (values({"start": 3, "end": 9, "text": "x"}), "labels.0.tokens.1: characters 3 to 9 of the text are not 'x'"),
        (values({"start": 3, "end": 1, "text": ""}), "labels.0.tokens.1: characters 3 to 1 of the text are not ''"),
        (values(fragments=[{**TOKEN, "start": 0}]), "labels.0.fragments.0: characters 0 to 3 of the text are not 'ab'"),
        (values({"importance": float("nan")}), "labels.0.tokens.1: importance must be a finite number"),
        (values(score=float("inf")), "labels.0: score and residual must be finite numbers"),
        (values(residual=float("nan")), "labels.0: score and residual must be finite numbers"),
    ],
)
def test_values_that_contradict_the_text_or_are_no_numbers(wrong: dict[str, Any], problem: str) -> None:
    with pytest.raises(CamlodeError) as caught:
        Explanation.from_dict(wrong)
    assert str(caught.value) == f"not an explanation: {problem}{EXPECTED}"
