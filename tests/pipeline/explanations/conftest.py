"""Explanations made up for a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.explanations.explanation import Explanation
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@pytest.fixture
def make_explanation() -> Callable[..., Explanation]:
    """Makes an explanation of a text whose tokens are its characters, with the importances given, 0 for the rest."""

    def make(text: str, importances: Sequence[float] = (), label: str = "l", **options: Any) -> Explanation:
        values = [*importances, *[0.0] * (len(text) - len(importances))]
        tokens = tuple(TokenImportance(text[i], i, i + 1, value) for i, value in enumerate(values))
        return Explanation(text, (LabelExplanation(label, 0.75, tokens, tokens[:1]),), **options)

    return make
