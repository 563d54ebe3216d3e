from __future__ import annotations

from camlode.pipeline.explanations.highlight import AMBER, highlight_spans
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance

TOKENS = (TokenImportance("bad", 4, 7, -1.0), TokenImportance("so", 1, 3, 2.0), TokenImportance("ad!", 5, 8, 0.1))
LABEL = LabelExplanation("l", 0.5, TOKENS, ())


def test_a_text_is_cut_from_left_to_right_and_each_character_is_shown_once() -> None:
    found = [*highlight_spans("_so bad!_", LABEL)]
    assert [each.text for each in found] == ["_", "so", " ", "bad", "!", "_"]
    assert [each.importance for each in found] == [None, 2.0, None, -1.0, 0.1, None]
    assert [each.strength for each in found] == [0.0, 1.0, 0.0, -0.5, 0.05, 0.0]


def test_the_strongest_has_the_full_colour_and_what_is_faint_none() -> None:
    # Half of blue (100, 143, 255) on white: 255 - 155/2 = 177.5, 255 - 112/2 = 199, 255.
    assert [each.colour for each in highlight_spans("_so bad!_", LABEL)] == [
        None,
        AMBER,
        None,
        (178, 199, 255),
        None,
        None,
    ]


def test_a_part_of_a_text_cuts_its_tokens() -> None:
    assert [each.text for each in highlight_spans("_so bad!_", LABEL, 2, 6)] == ["o", " ", "ba"]


def test_nothing_of_nothing() -> None:
    assert [*highlight_spans("", LabelExplanation("l", 0.5, (), ()))] == []
