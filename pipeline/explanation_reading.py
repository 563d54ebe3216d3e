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

_EXPECTED = "expected what Explanation.to_json or to_dict gave"


def read_values(values: object) -> Explanation:
    """The explanation that to_dict gave as `values`. Raises CamlodeError where it isn't one."""
    return _read(_adapter().validate_python, values)


def read_json(line: str | bytes) -> Explanation:
    """The explanation that to_json gave as `line`. Raises CamlodeError where it isn't one."""
    return _read(_adapter().validate_json, line)


@cache
def _adapter() -> TypeAdapter[Explanation]:
    return TypeAdapter(Explanation)


def _read(validate: Callable[[Any], Explanation], source: object) -> Explanation:
    try:
        explanation = validate(source)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _refusal(".".join(map(str, first["loc"])), first["msg"]) from error
    for number, label in enumerate(explanation.labels):
        _check_label(explanation.text, label, f"labels.{number}")
    return explanation


def _check_label(text: str, label: LabelExplanation, place: str) -> None:
    if not isfinite(label.score) or not isfinite(label.residual or 0.0):
        raise _refusal(place, "score and residual must be finite numbers")
    for kind, pieces in (("tokens", label.tokens), ("fragments", label.fragments)):
        for number, piece in enumerate(pieces):
            _check_piece(text, piece, f"{place}.{kind}.{number}")


def _check_piece(text: str, piece: TokenImportance, place: str) -> None:
    if not isfinite(piece.importance):
        raise _refusal(place, "importance must be a finite number")
    inside = 0 <= piece.start <= piece.end <= len(text)
    if not inside or text[piece.start : piece.end] != piece.text:
        raise _refusal(place, f"characters {piece.start} to {piece.end} of the text are not {piece.text!r}")


def _refusal(place: str, problem: str) -> CamlodeError:
    return CamlodeError(f"not an explanation: {place + ': ' if place else ''}{problem}; {_EXPECTED}")
