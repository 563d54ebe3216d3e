"""Lines of a picture, each character being one point wide."""

from __future__ import annotations

from camlode.pipeline.display.colors import AMBER, BLUE
from camlode.pipeline.explanations.canvas import Atom, break_lines, token_atoms, word_atoms
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance

TOKENS = (TokenImportance("very good", 4, 13, 3.0), TokenImportance("no", 14, 16, -1.0))
LABEL = LabelExplanation("l", 0.5, TOKENS, ())


def shown(found: object, width: float) -> list[str]:
    return ["".join(placed.atom.text for placed in line) for line in break_lines(found, width, len)]  # type: ignore[arg-type]


def test_a_coloured_token_stays_whole_with_its_share_of_all_evidence_above() -> None:
    assert [*token_atoms("It, very good no", LABEL)] == [
        Atom("It,"),
        Atom(" "),
        Atom("very good", AMBER, "75%"),
        Atom(" "),
        Atom("no", (203, 218, 255), "−25%"),
    ]


def test_a_space_that_belongs_to_a_token_stands_before_its_colour() -> None:
    label = LabelExplanation("l", 0.5, (TokenImportance(" no", 1, 4, -1.0),), ())
    assert [*token_atoms("a no", label)] == [Atom("a"), Atom(" "), Atom("no", BLUE, "−100%")]


def test_lines_end_between_words_and_anywhere_in_chinese() -> None:
    assert shown(word_atoms("It was very good"), 8) == ["It was ", "very ", "good"]
    assert shown(word_atoms("很好的东西"), 2) == ["很好", "的东", "西"]


def test_a_word_longer_than_a_line_is_cut() -> None:
    assert shown(word_atoms("abcdefgh ij"), 3) == ["abc", "def", "gh ", "ij"]


def test_no_line_begins_with_a_comma_or_a_space() -> None:
    assert shown(word_atoms("很好，的"), 2) == ["很好，", "的"]
    assert shown(word_atoms("ab   cd"), 2)[1] == "cd"


def test_a_new_line_is_kept() -> None:
    assert shown(word_atoms("a\n\nb"), 9) == ["a", "", "b"]


def test_an_atom_is_as_wide_as_the_note_above_it() -> None:
    ((one, two),) = break_lines([Atom("a", AMBER, "50%"), Atom("b")], 99, len, len)
    assert (one.width, two.x) == (6.0, 6.0)


def test_control_characters_are_shown_by_escapes() -> None:
    assert [*word_atoms("a\u202eb")] == [Atom(r"a\u202eb")]


def test_an_empty_text_has_no_spans() -> None:
    assert [*token_atoms("", LABEL)] == []
    assert shown([], 9) == [""]
