from __future__ import annotations

import io

from rich.console import Console

from pipeline.explanation import Explanation, LabelExplanation, TokenImportance
from pipeline.views.explanations import coloured, print_explanation

TOKENS = (TokenImportance("好", 0, 1, 2.0), TokenImportance("坏", 1, 2, -1.0), TokenImportance("的", 2, 3, 0.1))
LABEL = LabelExplanation("褒", 0.9, TOKENS, (TokenImportance("好", 0, 1, 2.0),))


def test_evidence_for_is_amber_and_against_is_blue_by_strength() -> None:
    spans = [(span.start, span.end, span.style) for span in coloured("好坏的", LABEL).spans]
    # 2.0 is the strongest: all of (255, 176, 0). -1.0 is half of (100, 143, 255). 0.1 is too faint to show.
    assert spans == [(0, 1, "black on rgb(255,176,0)"), (1, 2, "black on rgb(178,199,255)")]


def test_a_map_of_zeros_has_no_colour() -> None:
    label = LabelExplanation("褒", 0.9, (TokenImportance("好", 0, 1, 0.0),), ())
    assert coloured("好", label).spans == []


def test_a_text_without_a_label_says_so() -> None:
    console = Console(file=io.StringIO())
    print_explanation(Explanation("好", ()), console)
    assert "The model gives this text no label." in console.file.getvalue()  # type: ignore[attr-defined]
