"""The explanation of a text: slicing, tables, JSON, and the display in notebooks."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import TypeAdapter, ValidationError

from camlode.config.attribution import DEFAULT_METHOD
from camlode.config.errors import CamlodeError, did_you_mean
from camlode.pipeline.explanations.tokens import COLUMNS, LabelExplanation, TokenImportance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

_EXPECTED_HINT = "expected the output of Explanation.to_json or to_dict"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A text and the labels that the model predicts for it, the most probable first.

    method: the attribution method.
    unit: the unit of the importances: "logits" or "probability".

    `explanation[10:50]` is the explanation of these characters, with the tokens and fragments that lie wholly inside;
    offsets count from the new start. `explanation["finance"]` is that of one label. The length is the text's, in
    characters; to iterate, use `labels`.
    """

    text: str
    labels: tuple[LabelExplanation, ...]
    method: str = DEFAULT_METHOD
    unit: str = "logits"

    # Without this, Python would try to iterate by explanation[0], explanation[1] and so on.
    __iter__: ClassVar[None] = None

    def __len__(self) -> int:
        return len(self.text)

    def __getitem__(self, part: str | slice) -> Explanation:
        if isinstance(part, str):
            return replace(self, labels=(self._find_label(part),))
        if not isinstance(part, slice):
            raise TypeError(f"an explanation takes a slice of characters or a label's name, not {type(part).__name__}")
        start, stop, step = part.indices(len(self.text))
        if step != 1:
            raise CamlodeError(f"an explanation is sliced without a step, not with a step of {step}")
        if (start, stop) == (0, len(self.text)):
            return self
        return replace(self, text=self.text[start:stop], labels=tuple(each._slice(start, stop) for each in self.labels))

    def fragments(self, label: str | None = None) -> tuple[TokenImportance, ...]:
        """Return the fragments that a job would mine for `label`, by default the most probable one.

        The most important comes first.

        Raises:
            CamlodeError: the label is not explained.
        """
        return self._find_label(label).fragments if self.labels or label is not None else ()

    def top(self, n: int = 10, label: str | None = None) -> tuple[TokenImportance, ...]:
        """Return the `n` tokens of largest magnitude, for or against `label`, by default the most probable one.

        The largest comes first.

        Raises:
            CamlodeError: the label is not explained, or `n` is negative.
        """
        return self._find_label(label).top(n) if self.labels or label is not None else ()

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row for each label and token: label, score, token, start, end, importance."""
        import pandas as pd

        pairs = [(label, token) for label in self.labels for token in label.tokens]
        rows = [(label.label, label.score, each.text, each.start, each.end, each.importance) for label, each in pairs]
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as values for JSON; `from_dict` reads them."""
        return asdict(self)

    def to_json(self) -> str:
        """Return the explanation as one line of JSON; `from_json` reads it without loss."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Explanation:
        """Read the output of `to_dict`; unknown keys are ignored.

        Raises:
            CamlodeError: `values` is not an explanation.
        """
        return parse_values(values)

    @classmethod
    def from_json(cls, line: str | bytes) -> Explanation:
        """Read the output of `to_json`; unknown keys are ignored.

        Raises:
            CamlodeError: `line` is not an explanation.
        """
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


def parse_values(values: object) -> Explanation:
    """Parse the output of `Explanation.to_dict`.

    Raises:
        CamlodeError: `values` is not an explanation, or contradicts its text.
    """
    return _parse(_adapter().validate_python, values)


def parse_json(line: str | bytes) -> Explanation:
    """Parse the output of `Explanation.to_json`.

    Raises:
        CamlodeError: `line` is not an explanation, or contradicts its text.
    """
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


def _check_label(text: str, label: LabelExplanation, location: str) -> None:
    if not isfinite(label.score) or not isfinite(label.residual or 0.0):
        raise _format_error(location, "score and residual must be finite numbers")
    for kind, items in (("tokens", label.tokens), ("fragments", label.fragments)):
        for number, token in enumerate(items):
            _check_token(text, token, f"{location}.{kind}.{number}")


def _check_token(text: str, token: TokenImportance, location: str) -> None:
    if not isfinite(token.importance):
        raise _format_error(location, "importance must be a finite number")
    inside = 0 <= token.start <= token.end <= len(text)
    if not inside or text[token.start : token.end] != token.text:
        raise _format_error(location, f"characters {token.start} to {token.end} of the text are not {token.text!r}")


def _format_error(location: str, problem: str) -> CamlodeError:
    return CamlodeError(f"not an explanation: {location + ': ' if location else ''}{problem}; {_EXPECTED_HINT}")
