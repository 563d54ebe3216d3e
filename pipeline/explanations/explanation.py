"""Explanations as objects: what each token of a text said for each label; cut, tabled, drawn, written and read."""
# MERGED: Explanations read from values or from JSON, and checked: whatever is wrong ends in one line.

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import TypeAdapter, ValidationError

from camlode.config.errors import CamlodeError, did_you_mean
from camlode.pipeline.explanations.tokens import COLUMNS, LabelExplanation, TokenImportance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

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


@dataclass(frozen=True, slots=True)
class Explanation:
    """A text, and the labels that the model gives it, the most probable first.

    `method` made the importances, which are in `unit` ("logits", "probability").
    `explanation[10:50]`: these characters of the text, with the tokens and fragments that lie wholly inside, counted
    from the new start. `explanation["finance"]`: one label. Both are Explanations. The length is the text's, in
    characters; to iterate, take `labels`.
    """

    text: str
    labels: tuple[LabelExplanation, ...]
    method: str = "grad-cam"
    unit: str = "logits"

    # Or Python would iterate by explanation[0], explanation[1] and so on.
    __iter__: ClassVar[None] = None

    def __len__(self) -> int:
        return len(self.text)

    def __getitem__(self, part: str | slice) -> Explanation:
        if isinstance(part, str):
            return replace(self, labels=(self._find_label(part),))
        if not isinstance(part, slice):
            raise TypeError(f"take a slice of characters or a label's name, not {type(part).__name__}")
        start, stop, step = part.indices(len(self.text))
        if step != 1:
            raise CamlodeError(f"an explanation is cut without a step, not by one of {step}")
        if (start, stop) == (0, len(self.text)):
            return self
        return replace(self, text=self.text[start:stop], labels=tuple(each._slice(start, stop) for each in self.labels))

    def fragments(self, label: str | None = None) -> tuple[TokenImportance, ...]:
        """The fragments that a job would mine for `label`, or for the most probable one; the most important first.

        Raises CamlodeError for a label that is not explained.
        """
        return self._find_label(label).fragments if self.labels or label is not None else ()

    def top(self, n: int = 10, label: str | None = None) -> tuple[TokenImportance, ...]:
        """The `n` tokens of largest magnitude, for or against `label` or the most probable one; the largest first.

        Raises CamlodeError for a label that is not explained, and a negative `n`.
        """
        return self._find_label(label).top(n) if self.labels or label is not None else ()

    def to_frame(self) -> pd.DataFrame:
        """A row for each label and token: label, score, token, start, end, importance."""
        import pandas as pd

        pairs = [(label, token) for label in self.labels for token in label.tokens]
        rows = [(label.label, label.score, each.text, each.start, each.end, each.importance) for label, each in pairs]
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)

    def to_dict(self) -> dict[str, Any]:
        """The explanation as values that JSON can hold; from_dict gives it back."""
        return asdict(self)

    def to_json(self) -> str:
        """The explanation as one line of JSON; from_json gives it back, the same to the last bit."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Explanation:
        """What to_dict gave; keys that are not known are left out. Raises CamlodeError for anything else."""

        return parse_values(values)

    @classmethod
    def from_json(cls, line: str | bytes) -> Explanation:
        """What to_json gave; keys that are not known are left out. Raises CamlodeError for anything else."""

        return parse_json(line)

    def _repr_html_(self) -> str:
        from camlode.pipeline.explanations.html import render_explanation_html

        return render_explanation_html(self)

    def _find_label(self, name: str | None) -> LabelExplanation:
        for label in self.labels:
            if name in (None, label.label):
                return label
        names = [label.label for label in self.labels]
        raise CamlodeError(f"the text is not explained for the label {name!r}; {did_you_mean(str(name), names)}")
