from __future__ import annotations

from camlode.pipeline.explanations.terminal import highlight, highlight_plain
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance

TOKENS = (TokenImportance("好", 0, 1, 2.0), TokenImportance("坏", 1, 2, -1.0), TokenImportance("的", 2, 3, 0.1))
LABEL = LabelExplanation("褒", 0.9, TOKENS, ())


def test_evidence_for_is_amber_and_against_is_blue_by_strength() -> None:
    spans = [(span.start, span.end, span.style) for span in highlight("好坏的", LABEL).spans]
    # 2.0 is the strongest: all of (255, 176, 0). -1.0 is half of (100, 143, 255). 0.1 is too faint to show.
    assert spans == [(0, 1, "black on rgb(255,176,0)"), (1, 2, "black on rgb(178,199,255)")]


def test_a_map_of_zeros_has_no_colour() -> None:
    label = LabelExplanation("褒", 0.9, (TokenImportance("好", 0, 1, 0.0),), ())
    assert highlight("好", label).spans == []


def test_without_colour_signs_say_how_strong_it_is() -> None:
    values = (3.0, 2.1, -2.0, 1.0, -0.9, 0.1, 0.2)
    label = LabelExplanation("l", 0.9, tuple(TokenImportance("x", i, i + 1, v) for i, v in enumerate(values)), ())
    # Of 3: above 2/3 three signs, above 1/3 two, above 8 % one; neighbours of the same strength together.
    assert highlight_plain("abcdefg", label).plain == "«+++ab»«--c»«+d»«-e»fg"
