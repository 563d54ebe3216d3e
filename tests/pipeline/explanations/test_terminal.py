from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from camlode.pipeline.explanations.explanation import Explanation
from camlode.pipeline.explanations.terminal import (
    format_explanations,
    highlight,
    highlight_plain,
    print_explanation,
    print_explanations,
)
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance
from tests.pipeline.hostile import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOKENS = (TokenImportance("好", 0, 1, 2.0), TokenImportance("坏", 1, 2, -1.0), TokenImportance("的", 2, 3, 0.1))
LABEL = LabelExplanation("褒", 0.9, TOKENS, (TokenImportance("好", 0, 1, 2.0),))
OTHER = LabelExplanation("贬", 0.5, (TokenImportance("坏", 1, 2, 1.0),), ())
LEGEND = "«+++for the label» «---against it»  importances in logits, by grad-cam"


def printed(explanations: Sequence[Explanation], **options: Any) -> str:
    """What a terminal is sent, 80 columns wide unless said otherwise."""
    told = {"width": 80, "force_terminal": True, "color_system": "truecolor", "highlight": False} | options
    console = Console(file=io.StringIO(), _environ={}, **told)
    print_explanations(explanations, console)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_a_text_without_a_label_says_so() -> None:
    console = Console(file=io.StringIO())
    print_explanation(Explanation("好", ()), console)
    assert "The model gives this text no label." in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_file_has_a_block_for_each_label_and_one_legend_for_all_texts() -> None:
    two = [Explanation("好坏的", (LABEL, OTHER)), Explanation("坏", ())]
    lines = [line.rstrip() for line in format_explanations(two).splitlines()]
    assert lines == [
        "1",
        "褒  0.900",
        "«+++好»«--坏»的",
        "fragments: 好 2.000",
        "",
        "贬  0.500",
        "好«+++坏»的",
        "fragments: none",
        "",
        "2",
        "The model gives this text no label.",
        "坏",
        LEGEND,
    ]


@pytest.mark.parametrize(("width", "together"), [(80, True), (70, False)])
def test_labels_stand_side_by_side_where_there_is_room(width: int, together: bool) -> None:
    first = printed([Explanation("好坏的", (LABEL, OTHER))], width=width, no_color=True).splitlines()[0]
    assert ("0.900" in first, "0.500" in first) == (True, together)


def test_a_terminal_gets_colours() -> None:
    shown = printed([Explanation("好坏的", (LABEL,))])
    assert "\x1b[30;48;2;255;176;0m好\x1b[0m" in shown
    assert "«" not in shown


@pytest.mark.parametrize("options", [{"no_color": True}, {"color_system": None}])
def test_a_terminal_without_colours_gets_signs(options: dict[str, Any]) -> None:
    shown = printed([Explanation("好坏的", (LABEL,))], **options)
    assert "«+++好»«--坏»的" in shown
    assert "48;2" not in shown


def test_of_a_long_text_the_passage_comes_first(make_explanation: Callable[..., Explanation]) -> None:
    text = "x" * 500 + "!" + "y" * 499
    lines = format_explanations([make_explanation(text, [0.0] * 500 + [1.0])]).splitlines()
    assert lines[1:5] == [
        "characters 382 to 621 of 1,000",
        f"{'x' * 119}«+++!»{'y' * 120}",
        "all of it",
        f"{'x' * 500}«+++!»{'y' * 499}",
    ]


def test_texts_are_harmless(make_explanation: Callable[..., Explanation]) -> None:
    shown = format_explanations([make_explanation(HOSTILE, label=HOSTILE, unit=HOSTILE, method=HOSTILE)])
    assert not {*"\0\x1b\u202e\ud800"} & {*shown}
    assert r"\u202e\x00\x1b[31m\ud800" in shown
    coloured_too = printed([make_explanation(HOSTILE, [1.0], label=HOSTILE)])
    assert not {*"\0\u202e\ud800"} & {*coloured_too}
    assert "\x1b[31m" not in coloured_too


def test_an_empty_text(make_explanation: Callable[..., Explanation]) -> None:
    assert format_explanations([make_explanation("")]) == f"l  0.750\n\nfragments: none\n\n{LEGEND}\n"


def test_tokens_for_the_label_are_amber_and_against_it_blue() -> None:
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
