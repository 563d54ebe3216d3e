from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from camlode.pipeline.explanations.highlight import token_colours
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance

if TYPE_CHECKING:
    from camlode.pipeline.display.colors import RGB


@pytest.mark.parametrize(
    ("importances", "colours"),
    [
        ([], []),
        ([0.0], [None]),
        # The strongest has the full colour; half of (100, 143, 255) is mixed with white.
        ([2.0, -1.0], [(255, 176, 0), (178, 199, 255)]),
        ([-0.5], [(100, 143, 255)]),
        # Below 8 % of the strongest nothing is shown.
        ([100.0, 7.9, 8.0], [(255, 176, 0), None, (255, 249, 235)]),
        ([5e-324], [(255, 176, 0)]),
    ],
)
def test_a_token_has_the_colour_of_its_side_by_its_strength(
    importances: list[float], colours: list[RGB | None]
) -> None:
    tokens = tuple(TokenImportance("a", 0, 1, importance) for importance in importances)
    assert token_colours(LabelExplanation("l", 0.5, tokens, ())) == colours
