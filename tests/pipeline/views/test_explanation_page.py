from __future__ import annotations

import re
from typing import TYPE_CHECKING

from camlode.pipeline.explanations.documents import render_explanations_page
from camlode.pipeline.explanations.explanation import Explanation

if TYPE_CHECKING:
    from collections.abc import Callable


def body(page: str) -> str:
    return page.partition("<body>")[2]


def test_each_text_has_a_number_and_all_share_a_legend(explained: Callable[..., Explanation]) -> None:
    page = body(render_explanations_page([explained("a", [1.0]), explained("b", [1.0])]))
    assert re.findall(r'<article aria-label="text \d"><h2>\d</h2>', page) == [
        '<article aria-label="text 1"><h2>1</h2>',
        '<article aria-label="text 2"><h2>2</h2>',
    ]
    assert page.count("against it") == 1


def test_a_single_text_has_no_number(explained: Callable[..., Explanation]) -> None:
    assert "<h2>" not in body(render_explanations_page([explained("a")]))


def test_a_long_text_begins_with_its_passage(explained: Callable[..., Explanation]) -> None:
    page = body(render_explanations_page([explained("x" * 500 + "!" + "y" * 499, [0.0] * 500 + [1.0])]))
    assert page.index("characters 382 to 621 of 1,000") < page.index(">!</span>") < page.index("<details>")
    assert page.count(">!</span>") == 2


def test_nothing_of_a_text_is_markup_and_nothing_comes_from_elsewhere(
    explained: Callable[..., Explanation], hostile: str
) -> None:
    page = render_explanations_page(
        [explained(hostile, [1.0], label=hostile, unit=hostile, method=hostile)], title=hostile
    )
    assert page.count("</style>") == 1
    assert not re.search(r"<script|<link|<img|<iframe|url\(|@import|src=|https?://(?!b\))", page)
    page.encode()


def test_a_hundred_thousand_characters_and_none(explained: Callable[..., Explanation]) -> None:
    long = Explanation("好" * 100_000, explained("好坏", (1.0, -1.0)).labels)
    assert body(render_explanations_page([long])).count("好") > 100_000
    assert '<div dir="auto" style="white-space:pre-wrap;overflow-wrap:anywhere"></div>' in render_explanations_page(
        [explained("")]
    )
