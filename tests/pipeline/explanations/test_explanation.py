from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config.errors import CamlodeError
from camlode.pipeline.explanations.explanation import Explanation, parse_json, parse_values
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance

TEXT = "good, bad day"
TOKENS = (
    TokenImportance("good", 0, 4, 1.0),
    TokenImportance("bad", 6, 9, -2.0),
    TokenImportance("day", 10, 13, 1.0),
)
PRAISE = LabelExplanation("praise", 0.75, TOKENS, (TOKENS[0], TOKENS[2]), residual=0.5)
BLAME = LabelExplanation("blame", 0.5, tuple(replace(each, importance=-each.importance) for each in TOKENS), ())
EXPLANATION = Explanation(TEXT, (PRAISE, BLAME), method="lrp", unit="probability")

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def explanations(draw: Any) -> Explanation:
    """Any text cut into tokens at any places, with any importances that add up without rounding."""
    text = draw(st.text(max_size=30))
    places = [0, *sorted(draw(st.sets(st.integers(0, len(text)), max_size=8))), len(text)]
    spans = [(start, end) for start, end in pairwise(places) if start < end]
    importances = st.integers(-(2**40), 2**40).map(lambda units: units * 2.0**-20)

    def label(name: str) -> LabelExplanation:
        tokens = tuple(TokenImportance(text[start:end], start, end, draw(importances)) for start, end in spans)
        return LabelExplanation(name, draw(FINITE), tokens, tokens[::-2], draw(st.none() | FINITE))

    names = draw(st.lists(st.text(max_size=4), unique=True, max_size=3))
    return Explanation(text, tuple(map(label, names)), draw(st.text(max_size=5)), draw(st.text(max_size=5)))


def test_a_slice_has_the_tokens_and_fragments_wholly_inside_counted_from_its_start() -> None:
    # Characters 5 to 12 are " bad da": neither "good" nor "day" is whole.
    assert EXPLANATION[5:12]["praise"] == Explanation(
        " bad da",
        (LabelExplanation("praise", 0.75, (TokenImportance("bad", 1, 4, -2.0),), ()),),
        method="lrp",
        unit="probability",
    )
    assert EXPLANATION[-3:].fragments() == (TokenImportance("day", 0, 3, 1.0),)


@pytest.mark.parametrize("part", [slice(None), slice(0, 13), slice(-99, 99)])
def test_the_slice_of_all_is_the_whole(part: slice) -> None:
    assert EXPLANATION[part] == EXPLANATION


def test_a_part_of_a_text_has_no_residual() -> None:
    assert [EXPLANATION.labels[0].residual, EXPLANATION[1:].labels[0].residual] == [0.5, None]


@given(explanations(), st.data())
@settings(max_examples=50, deadline=None)
def test_slices_between_tokens_part_the_importances(explanation: Explanation, data: st.DataObject) -> None:
    ends = [0, *(token.end for label in explanation.labels[:1] for token in label.tokens)]
    place = data.draw(st.sampled_from(ends))
    left, right = explanation[:place], explanation[place:]
    for number, label in enumerate(explanation.labels):
        parts = (*left.labels[number].tokens, *right.labels[number].tokens)
        assert [token.importance for token in parts] == [token.importance for token in label.tokens]
        assert sum(token.importance for token in parts) == sum(token.importance for token in label.tokens)


@given(explanations(), st.integers(-35, 35), st.integers(-35, 35))
@settings(max_examples=50, deadline=None)
def test_a_slice_of_any_place_holds_what_its_text_says(explanation: Explanation, start: int, stop: int) -> None:
    part = explanation[start:stop]
    assert part.text == explanation.text[start:stop]
    assert len(part) == len(part.text)
    for label in part.labels:
        pieces = (*label.tokens, *label.fragments)
        assert [piece.text for piece in pieces] == [part.text[piece.start : piece.end] for piece in pieces]


def test_one_label_is_an_explanation_of_it_alone() -> None:
    assert EXPLANATION["blame"] == Explanation(TEXT, (BLAME,), method="lrp", unit="probability")


def test_fragments_are_those_of_the_label_or_of_the_most_probable() -> None:
    assert EXPLANATION.fragments() == EXPLANATION.fragments("praise") == (TOKENS[0], TOKENS[2])
    assert EXPLANATION.fragments("blame") == ()


@pytest.mark.parametrize(("n", "words"), [(0, []), (1, ["bad"]), (2, ["bad", "good"]), (9, ["bad", "good", "day"])])
def test_the_top_tokens_are_those_of_largest_magnitude_and_equal_ones_stand_as_in_the_text(
    n: int, words: list[str]
) -> None:
    assert [token.text for token in EXPLANATION.top(n)] == words


def test_the_top_tokens_of_a_label_keep_their_sign() -> None:
    assert [token.importance for token in EXPLANATION.top(2, "blame")] == [2.0, -1.0]


def test_a_text_without_a_label_has_neither_fragments_nor_top_tokens() -> None:
    assert (Explanation("day", ()).fragments(), Explanation("day", ()).top()) == ((), ())


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: EXPLANATION["prise"], "the text is not explained for the label 'prise'; did you mean 'praise'?"),
        (
            lambda: EXPLANATION.top(1, "x"),
            "the text is not explained for the label 'x'; expected one of: praise, blame",
        ),
        (
            lambda: Explanation("day", ()).fragments("x"),
            "the text is not explained for the label 'x'; expected one of: none",
        ),
        (lambda: EXPLANATION.top(-1), "top takes a number of tokens, 0 or more, not -1"),
        (lambda: EXPLANATION[::2], "an explanation is sliced without a step, not with a step of 2"),
    ],
)
def test_errors_are_one_line(ask: Any, message: str) -> None:
    with pytest.raises(CamlodeError) as caught:
        ask()
    assert str(caught.value) == message


def test_a_number_is_no_part_of_an_explanation() -> None:
    with pytest.raises(TypeError, match="an explanation takes a slice of characters or a label's name, not int"):
        EXPLANATION[0]  # type: ignore[index]


def test_the_length_is_in_characters_and_nothing_is_iterated_by_chance() -> None:
    assert len(EXPLANATION) == 13
    with pytest.raises(TypeError, match="not iterable"):
        iter(EXPLANATION)  # type: ignore[call-overload]


def test_the_frame_has_a_row_for_each_label_and_token() -> None:
    frame = EXPLANATION[:9].to_frame()
    assert frame.to_dict("list") == {
        "label": ["praise", "praise", "blame", "blame"],
        "score": [0.75, 0.75, 0.5, 0.5],
        "token": ["good", "bad", "good", "bad"],
        "start": [0, 6, 0, 6],
        "end": [4, 9, 4, 9],
        "importance": [1.0, -2.0, -1.0, 2.0],
    }


def test_an_empty_frame_has_the_same_columns_and_types() -> None:
    assert Explanation("day", ()).to_frame().dtypes.to_dict() == EXPLANATION.to_frame().dtypes.to_dict()


def test_equality_is_of_everything() -> None:
    assert replace(EXPLANATION) == EXPLANATION
    assert replace(EXPLANATION, unit="logits") != EXPLANATION
    assert len({EXPLANATION, replace(EXPLANATION)}) == 1


@given(explanations())
@settings(max_examples=100, deadline=None)
def test_json_and_values_give_the_same_explanation_back(explanation: Explanation) -> None:
    assert Explanation.from_json(explanation.to_json()) == explanation
    assert Explanation.from_dict(explanation.to_dict()) == explanation
    assert Explanation.from_dict(json.loads(explanation.to_json())) == explanation


def test_json_leaves_letters_as_they_are_on_one_line() -> None:
    line = Explanation("好\n", ()).to_json()
    assert line == r'{"text": "好\n", "labels": [], "method": "grad-cam", "unit": "logits"}'


def test_a_notebook_gets_html() -> None:
    assert "<b>praise</b>" in EXPLANATION._repr_html_()


def test_the_objects_load_nothing_heavy() -> None:
    heavy = {"tensorflow", "keras", "pyarrow", "pandas", "numpy", "ray", "rich", "jinja2"}
    code = f"from camlode import Explanation\nimport sys\nprint(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


TOKEN = {"text": "ab", "start": 1, "end": 3, "importance": 0.5}
EXPECTED = "; expected the output of Explanation.to_json or to_dict"


def values(token: dict[str, Any] | None = None, **label: Any) -> dict[str, Any]:
    tokens = [TOKEN, {**TOKEN, **(token or {})}]
    return {"text": "xabx", "labels": [{"label": "l", "score": 1.0, "tokens": tokens, "fragments": [], **label}]}


def test_missing_keys_have_defaults() -> None:
    explanation = parse_values(values())
    assert (explanation.method, explanation.unit, explanation.labels[0].residual) == ("grad-cam", "logits", None)


def test_unknown_keys_are_ignored() -> None:
    assert parse_values({**values(), "later": 1}) == parse_values(values())


def test_bytes_are_read_as_text_is() -> None:
    line = json.dumps(values())
    assert parse_json(line.encode()) == parse_json(line)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "Invalid JSON: EOF while parsing a value"),
        ('{"text": "a"', "Invalid JSON: EOF while parsing an object"),
        ("[" * 100_000, "Invalid JSON: recursion limit exceeded"),
        (b"\xff", "Invalid JSON: expected value"),
        ('"\udce4"', "Input should be a valid string"),
        ("[]", "Input should be an object"),
        ("{}", "text: Field required"),
        ('{"text": 1, "labels": []}', "text: Input should be a valid string"),
        ('{"text": "a", "labels": 1}', "labels: Input should be a valid array"),
        ('{"text": "a", "labels": [{}]}', "labels.0.label: Field required"),
    ],
)
def test_invalid_json(line: str | bytes, problem: str) -> None:
    with pytest.raises(CamlodeError) as caught:
        parse_json(line)
    message = str(caught.value)
    assert message.startswith(f"not an explanation: {problem}")
    assert message.endswith(EXPECTED)
    assert "\n" not in message


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (values({"end": 2}), "labels.0.tokens.1: characters 1 to 2 of the text are not 'ab'"),
        (values({"start": -3, "end": -1}), "labels.0.tokens.1: characters -3 to -1 of the text are not 'ab'"),
        (values({"start": 3, "end": 9, "text": "x"}), "labels.0.tokens.1: characters 3 to 9 of the text are not 'x'"),
        (values({"start": 3, "end": 1, "text": ""}), "labels.0.tokens.1: characters 3 to 1 of the text are not ''"),
        (values(fragments=[{**TOKEN, "start": 0}]), "labels.0.fragments.0: characters 0 to 3 of the text are not 'ab'"),
        (values({"importance": float("nan")}), "labels.0.tokens.1: importance must be a finite number"),
        (values(score=float("inf")), "labels.0: score and residual must be finite numbers"),
        (values(residual=float("nan")), "labels.0: score and residual must be finite numbers"),
    ],
)
def test_values_that_contradict_the_text_or_are_not_finite(wrong: dict[str, Any], problem: str) -> None:
    with pytest.raises(CamlodeError) as caught:
        Explanation.from_dict(wrong)
    assert str(caught.value) == f"not an explanation: {problem}{EXPECTED}"
