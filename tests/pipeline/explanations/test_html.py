from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.pipeline.explanations.explanation import Explanation
from camlode.pipeline.explanations.html import render_explanation_html, render_explanations_page
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance
from tests.pipeline.hostile import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LEGEND = "for the label against it importances in logits, by grad-cam\n"


class Page(HTMLParser):
    """What a browser would show, and what tags and attributes it would see."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []
        self.marks: list[tuple[str, str]] = []
        self._title: str | None = None
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert {name for name, _ in attrs} <= {"class", "style", "title", "dir"}
        self._title = dict(attrs).get("title")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._title is not None:
            self.marks.append((data, self._title))
            self._title = None


def explained(text: str, *tokens: TokenImportance, label: str = "l", unit: str = "logits") -> Explanation:
    return Explanation(text, (LabelExplanation(label, 0.75, tokens, tokens[:1]),), unit=unit)


def test_each_label_has_its_score_the_text_and_the_fragments_and_all_share_a_legend() -> None:
    token = TokenImportance("day", 5, 8, 1.5)
    page = Page(render_explanation_html(explained("good day!", token)))
    assert page.text == f"l 0.750good day!fragments: day 1.500{LEGEND}"
    assert page.marks == [("day", "+1.500 logits")]


def test_tokens_for_the_label_are_amber_and_against_it_blue() -> None:
    source = render_explanation_html(explained("ab", TokenImportance("a", 0, 1, 2.0), TokenImportance("b", 1, 2, -1.0)))
    assert '<span style="background:rgba(255,176,0,1);color:#000" title="+2.000 logits">a</span>' in source
    # A weak color lets the page through, and keeps its letters.
    assert '<span style="background:rgba(100,143,255,0.5)" title="-1.000 logits">b</span>' in source


def light(channels: Iterable[float]) -> float:
    """Relative luminance, WCAG 2.1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (each / 255 for each in channels)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("color", ["amber", "blue"])
@pytest.mark.parametrize(("ground", "ink"), [((251, 250, 247), (28, 32, 38)), ((20, 22, 26), (233, 230, 223))])
def test_letters_stand_out_at_every_strength_on_a_light_page_and_a_dark_one(
    color: str, ground: tuple[int, ...], ink: tuple[int, ...]
) -> None:
    strengths = [strength if color == "amber" else -strength for strength in range(8, 101)]
    tokens = [TokenImportance("b", at, at + 1, float(strength)) for at, strength in enumerate(strengths)]
    source = render_explanation_html(explained("b" * len(tokens), *tokens))
    paints = re.findall(r'rgba\(([^)]*)\)(;color:#000)?" title="[^"]*">b<', source)
    assert len(paints) == len(strengths)
    for paint, black in paints:
        *channels, alpha = [float(each) for each in paint.split(",")]
        below = light(alpha * one + (1 - alpha) * other for one, other in zip(channels, ground, strict=True))
        above = light((0, 0, 0) if black else ink)
        assert (max(above, below) + 0.05) / (min(above, below) + 0.05) > 4


def test_a_text_without_a_label_says_so_and_is_shown() -> None:
    page = Page(render_explanation_html(Explanation("a <b>", ())))
    assert page.text == f"The model gives this text no label.a <b>{LEGEND}"


@pytest.mark.parametrize("place", ["text", "label", "unit", "method"])
def test_markup_is_shown_as_text(place: str) -> None:
    evil = "\"'><script>alert(1)</script>&amp;"
    token = TokenImportance(evil, 0, len(evil), 1.0)
    source = render_explanation_html(
        {
            "text": explained(evil, token),
            "label": explained("a", label=evil),
            "unit": explained("a", TokenImportance("a", 0, 1, 1.0), unit=evil),
            "method": Explanation("a", (), method=evil),
        }[place]
    )
    page = Page(source)
    assert set(page.tags) <= {"div", "span", "b"}
    assert evil in page.text
    assert "<script" not in source


def test_lines_stay_and_characters_that_html_does_not_allow_have_pictures() -> None:
    page = Page(render_explanation_html(explained("a\n\tb\0\x1b\x9b\ud800")))
    assert page.text == f"l 0.750a\n\tb␀␛\ufffd\ufffdfragments: none{LEGEND}"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20), st.data())
@settings(max_examples=50, deadline=None)
def test_any_text_is_shown_whole(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    page = Page(render_explanation_html(explained(text, TokenImportance(text[start:end], start, end, 1.0))))
    assert page.text.startswith(f"l 0.750{text}fragments: {text[start:end]} 1.000")


def test_a_notebook_sets_no_formula_between_dollar_signs() -> None:
    source = render_explanation_html(explained("from $5 to $9"))
    assert source.startswith('<div class="tex2jax_ignore mathjax_ignore" ')
    assert "from $5 to $9" in source


def body(page: str) -> str:
    return page.partition("<body>")[2]


def test_each_text_has_a_number_and_all_share_a_legend(make_explanation: Callable[..., Explanation]) -> None:
    page = body(render_explanations_page([make_explanation("a", [1.0]), make_explanation("b", [1.0])]))
    assert re.findall(r'<article aria-label="text \d"><h2>\d</h2>', page) == [
        '<article aria-label="text 1"><h2>1</h2>',
        '<article aria-label="text 2"><h2>2</h2>',
    ]
    assert page.count("against it") == 1


def test_a_single_text_has_no_number(make_explanation: Callable[..., Explanation]) -> None:
    assert "<h2>" not in body(render_explanations_page([make_explanation("a")]))


def test_a_long_text_begins_with_its_passage(make_explanation: Callable[..., Explanation]) -> None:
    page = body(render_explanations_page([make_explanation("x" * 500 + "!" + "y" * 499, [0.0] * 500 + [1.0])]))
    assert page.index("characters 382 to 621 of 1,000") < page.index(">!</span>") < page.index("<details>")
    assert page.count(">!</span>") == 2


def test_texts_are_escaped_and_nothing_comes_from_elsewhere(
    make_explanation: Callable[..., Explanation],
) -> None:
    page = render_explanations_page(
        [make_explanation(HOSTILE, [1.0], label=HOSTILE, unit=HOSTILE, method=HOSTILE)], title=HOSTILE
    )
    assert page.count("</style>") == 1
    assert not re.search(r"<script|<link|<img|<iframe|url\(|@import|src=|https?://(?!b\))", page)
    page.encode()


def test_a_hundred_thousand_characters_and_none(make_explanation: Callable[..., Explanation]) -> None:
    long = Explanation("好" * 100_000, make_explanation("好坏", (1.0, -1.0)).labels)
    assert body(render_explanations_page([long])).count("好") > 100_000
    assert '<div dir="auto" style="white-space:pre-wrap;overflow-wrap:anywhere"></div>' in render_explanations_page(
        [make_explanation("")]
    )
