from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config.errors import CamlodeError
from camlode.pipeline.display import fonts
from camlode.pipeline.display.colors import AMBER, BLUE
from camlode.pipeline.explanations.explanation import Explanation
from camlode.pipeline.explanations.png import MAX_TEXTS, render_explanation_png
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance

if TYPE_CHECKING:
    from collections.abc import Callable


def picture(*explanations: Explanation, dpi: int = 72) -> Any:
    """Its pixels, as whole numbers; one is a point where there are 72 dots an inch."""
    from matplotlib.image import imread

    data = render_explanation_png(explanations, dpi=dpi)
    assert data.startswith(b"\x89PNG\r\n")
    return np.rint(imread(BytesIO(data), format="png")[..., :3] * 255).astype(int)


def has(pixels: Any, colour: tuple[int, ...]) -> bool:
    return bool((pixels == colour).all(axis=-1).any())


def ink(pixels: Any) -> float:
    """How much of it isn't white."""
    return float((pixels != 255).any(axis=-1).mean())


def test_a_picture_has_ink_and_both_colors_on_white(make_explanation: Callable[..., Explanation]) -> None:
    pixels = picture(make_explanation("ab cd", [1.0, -1.0], label="praise"))
    # A column of 520 points and two margins of 26.
    assert pixels.shape[1] == 572
    assert 80 < pixels.shape[0] < 160
    assert 0.005 < ink(pixels) < 0.2
    assert (pixels[0] == 255).all()
    # In the text, not in the legend alone.
    assert has(pixels[: pixels.shape[0] // 2], AMBER)
    assert has(pixels[: pixels.shape[0] // 2], BLUE)


def test_the_resolution(make_explanation: Callable[..., Explanation]) -> None:
    text = make_explanation("ab", [1.0])
    assert picture(text, dpi=144).shape[1] == 2 * picture(text).shape[1]


@pytest.mark.parametrize(("labels", "width"), [(2, 742), (3, 1012), (4, 1012)])
def test_labels_stand_side_by_side_up_to_three(
    make_explanation: Callable[..., Explanation], labels: int, width: int
) -> None:
    # 2 columns of 330 or 3 of 300, gaps of 30 between, margins of 26.
    (label,) = make_explanation("good", [1.0]).labels
    pixels = picture(Explanation("good", (label,) * labels))
    assert pixels.shape[1] == width
    assert (pixels.shape[0] > 150) == (labels > 3)


def test_a_long_label_and_a_long_token_fit_into_the_column(make_explanation: Callable[..., Explanation]) -> None:
    long = "m" * 200
    token = TokenImportance(long, 0, 200, 1.0)
    label = LabelExplanation(long, 0.5, (token,), ())
    pixels = picture(Explanation(long, (label,)))
    assert pixels.shape[1] == 572
    # White margins on both sides.
    assert (pixels[:, :25] == 255).all()
    assert (pixels[:, -25:] == 255).all()


def test_texts_stand_one_below_the_other(make_explanation: Callable[..., Explanation]) -> None:
    one = make_explanation("good", [1.0])
    assert picture(one, one).shape[0] > picture(one).shape[0] + 50


def test_chinese_is_drawn(make_explanation: Callable[..., Explanation]) -> None:
    # What a font lacks is a box, the same for every letter.
    one, other = (picture(make_explanation(text, [0.0])) for text in ("一一一", "龍龍龍"))
    assert ink(other) > ink(one)


def test_letters_that_no_font_has_end_in_one_line(
    make_explanation: Callable[..., Explanation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_system_fonts", dict)
    with pytest.raises(CamlodeError, match="a picture needs a font with the letters 한, and this machine has none: "):
        picture(make_explanation("한", [1.0]))


def test_long_texts_wrap_and_are_not_drawn_without_end(make_explanation: Callable[..., Explanation]) -> None:
    tokens = make_explanation("good", [1.0]).labels
    short, long, longer = (picture(Explanation("good " * times, tokens)) for times in (10, 90, 20_000))
    assert short.shape[1] == long.shape[1] == longer.shape[1]
    assert short.shape[0] < long.shape[0] < longer.shape[0] < 700


def test_a_long_text_of_which_nothing_is_important_ends_as_soon(make_explanation: Callable[..., Explanation]) -> None:
    assert picture(Explanation("good " * 20_000, make_explanation("good").labels)).shape[0] < 700


@pytest.mark.parametrize("text", ["", " ", "\n", "🎉", "</svg>$x^2$ \\frac{a}", "\0\x1b\u202e\ud800"])
def test_any_text_can_be_drawn(make_explanation: Callable[..., Explanation], text: str) -> None:
    assert ink(picture(make_explanation(text, [1.0] * len(text), label=text or "l"), Explanation(text, ()))) > 0.005


@pytest.mark.parametrize("count", [0, MAX_TEXTS + 1])
def test_the_number_of_texts_is_limited(make_explanation: Callable[..., Explanation], count: int) -> None:
    with pytest.raises(CamlodeError) as caught:
        picture(*[make_explanation("a")] * count)
    expected = f"a picture holds 1 to 20 texts, not {count}: give fewer texts, or choose another format such as html"
    assert str(caught.value) == expected
