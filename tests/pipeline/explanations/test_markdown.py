from __future__ import annotations

from typing import TYPE_CHECKING, Any

from camlode.pipeline.explanations.explanation import Explanation
from camlode.pipeline.explanations.markdown import render_explanations_markdown
from camlode.pipeline.explanations.tokens import LabelExplanation
from tests.pipeline.hostile import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable

LEGEND = "<b>Bold</b> speaks for the label, <s>struck through</s> against it."


def test_one_text_is_a_table_with_a_column_for_each_label(make_explanation: Callable[..., Explanation]) -> None:
    one = make_explanation("abc", (3.0, -2.0, 0.5), label="praise").labels[0]
    other = make_explanation("abc", (0.0, 1.0, 1.0), label="complaint").labels[0]
    # A third of the strongest token is marked, neighbours of one side together.
    assert render_explanations_markdown([Explanation("abc", (one, other))]) == (
        f"# Explanations\n\n{LEGEND} Importances in logits, by grad-cam.\n\n"
        "|  | praise 0.750 | complaint 0.750 |\n"
        "| --- | --- | --- |\n"
        "| text | <b>a</b><s>b</s>c | a<b>bc</b> |\n"
        "| tokens | a +3.000, b -2.000, c +0.500 | b +1.000, c +1.000, a +0.000 |\n"
        "| fragments | a 3.000 | a 0.000 |\n"
    )


def test_many_texts_have_numbers_and_one_legend(make_explanation: Callable[..., Explanation]) -> None:
    page = render_explanations_markdown(
        [make_explanation("a", (1.0,)), make_explanation("b", (1.0,), method="lrp")], title="Two"
    )
    assert [line for line in page.splitlines() if line.startswith(("#", "<b>"))] == [
        "# Two",
        f"{LEGEND} Importances in logits, by grad-cam. Importances in logits, by lrp.",
        "## 1",
        "## 2",
    ]


def test_a_text_without_a_label() -> None:
    assert render_explanations_markdown([Explanation("a*b", ())]).endswith(
        "The model gives this text no label.\n\na\\*b\n"
    )


def test_a_long_text_has_only_its_passage(make_explanation: Callable[..., Explanation]) -> None:
    page = render_explanations_markdown([make_explanation("x" * 500 + "!" + "y" * 499, [0.0] * 500 + [1.0])])
    # The token and 239 more, 119 of them before it.
    assert f"| text | … {'x' * 119}<b>!</b>{'y' * 120} … |" in page


def test_an_empty_text(make_explanation: Callable[..., Explanation]) -> None:
    assert render_explanations_markdown([make_explanation("")]).endswith(
        "| text |  |\n| tokens | none |\n| fragments | none |\n"
    )


def test_texts_are_escaped(make_explanation: Callable[..., Explanation]) -> None:
    page = render_explanations_markdown(
        [make_explanation(HOSTILE, [1.0], label=HOSTILE, method=HOSTILE, unit=HOSTILE)], title=HOSTILE
    )
    assert "\n## " not in page
    assert "<script" not in page.replace("\\<", "")
    assert not {*"\0\x1b\u202e\ud800"} & {*page}
    table = [line for line in page.splitlines() if line.startswith("| ")]
    assert [line.replace("\\|", "").count("|") for line in table] == [3] * 5


def test_a_hundred_thousand_characters(make_explanation: Callable[..., Explanation]) -> None:
    tokens = make_explanation("好坏", (1.0, -1.0)).labels[0].tokens
    long = Explanation("好坏的天" * 25_000, (LabelExplanation("l", 0.5, tokens, ()),))
    page: Any = render_explanations_markdown([long])
    # The passage is the two tokens: behind them no token ends where it could be cut.
    assert "| text | <b>好</b><s>坏</s> … |" in page
    assert len(page) < 1000
