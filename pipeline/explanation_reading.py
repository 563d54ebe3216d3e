"""Explanations read from values or from JSON, and checked: whatever is wrong ends in one line."""

from __future__ import annotations

from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from config.errors import CamlodeError
from pipeline.explanation import Explanation, LabelExplanation, TokenImportance

if TYPE_CHECKING:
    from collections.abc import Callable

_EXPECTED_HINT = "expected what Explanation.to_json or to_dict gave"


def parse_values(values: object) -> Explanation:
    """The explanation that to_dict gave as `values`. Raises CamlodeError where it isn't one."""
    return _parse(_adapter().validate_python, values)


def parse_json(line: str | bytes) -> Explanation:
    """The explanation that to_json gave as `line`. Raises CamlodeError where it isn't one."""
    return _parse(_adapter().validate_json, line)


@cache
def _adapter() -> TypeAdapter[Explanation]:
    return TypeAdapter(Explanation)


def _parse(validate: Callable[[Any], Explanation], source: object) -> Explanation:
    try:
        explanation = validate(source)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _format_error(".".join(map(str, first["loc"])), first["msg"]) from error
    for number, label in enumerate(explanation.labels):
        _check_label(explanation.text, label, f"labels.{number}")
    return explanation


def _check_label(text: str, label: LabelExplanation, place: str) -> None:
    if not isfinite(label.score) or not isfinite(label.residual or 0.0):
        raise _format_error(place, "score and residual must be finite numbers")
    for kind, items in (("tokens", label.tokens), ("fragments", label.fragments)):
        for number, token in enumerate(items):
            _check_token(text, token, f"{place}.{kind}.{number}")


def _check_token(text: str, token: TokenImportance, place: str) -> None:
    if not isfinite(token.importance):
        raise _format_error(place, "importance must be a finite number")
    inside = 0 <= token.start <= token.end <= len(text)
    if not inside or text[token.start : token.end] != token.text:
        raise _format_error(place, f"characters {token.start} to {token.end} of the text are not {token.text!r}")


def _format_error(place: str, problem: str) -> CamlodeError:
    return CamlodeError(f"not an explanation: {place + ': ' if place else ''}{problem}; {_EXPECTED_HINT}")
