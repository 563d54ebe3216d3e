"""Explanations as objects: what each token of a text said for each label; cut, tabled, drawn, written and read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from config.errors import CamlodeError
from config.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

_COLUMNS = {"label": str, "score": float, "token": str, "start": int, "end": int, "importance": float}


@dataclass(frozen=True, slots=True)
class TokenImportance:
    """A token or fragment: its characters [start, end) of the text, and its importance in the explanation's unit."""

    text: str
    start: int
    end: int
    importance: float


@dataclass(frozen=True, slots=True)
class LabelExplanation:
    """Why a text was given a label.

    `score` is the label's probability. `tokens` are all tokens that the model read, in order; `fragments` are those
    that a job would mine, the most important first. `residual` is what a complete method leaves unexplained, in the
    explanation's unit; None for other methods and for a part of a text.
    """

    label: str
    score: float
    tokens: tuple[TokenImportance, ...]
    fragments: tuple[TokenImportance, ...]
    residual: float | None = None

    def top(self, n: int = 10) -> tuple[TokenImportance, ...]:
        """The `n` tokens of largest magnitude, for or against the label, the largest first; ties as in the text."""
        if n < 0:
            raise CamlodeError(f"top takes a number of tokens, 0 or more, not {n}")
        return tuple(sorted(self.tokens, key=lambda token: -abs(token.importance))[:n])

    def _slice(self, start: int, stop: int) -> LabelExplanation:
        tokens, fragments = (_clip_tokens(items, start, stop) for items in (self.tokens, self.fragments))
        return replace(self, tokens=tokens, fragments=fragments, residual=None)


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
        return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)

    def to_dict(self) -> dict[str, Any]:
        """The explanation as values that JSON can hold; from_dict gives it back."""
        return asdict(self)

    def to_json(self) -> str:
        """The explanation as one line of JSON; from_json gives it back, the same to the last bit."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Explanation:
        """What to_dict gave; keys that are not known are left out. Raises CamlodeError for anything else."""
        from pipeline.explanation_reading import parse_values

        return parse_values(values)

    @classmethod
    def from_json(cls, line: str | bytes) -> Explanation:
        """What to_json gave; keys that are not known are left out. Raises CamlodeError for anything else."""
        from pipeline.explanation_reading import parse_json

        return parse_json(line)

    def _repr_html_(self) -> str:
        from pipeline.views.explanation_html import render_explanation_html

        return render_explanation_html(self)

    def _find_label(self, name: str | None) -> LabelExplanation:
        for label in self.labels:
            if name in (None, label.label):
                return label
        names = [label.label for label in self.labels]
        raise CamlodeError(f"the text is not explained for the label {name!r}; {did_you_mean(str(name), names)}")


def _clip_tokens(items: Iterable[TokenImportance], start: int, stop: int) -> tuple[TokenImportance, ...]:
    inside = (token for token in items if start <= token.start and token.end <= stop)
    return tuple(replace(token, start=token.start - start, end=token.end - start) for token in inside)
