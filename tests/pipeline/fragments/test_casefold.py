from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camlode.pipeline.fragments.casefold import (
    case_fold_table,
    fold_case,
    fold_case_all,
    from_code_points,
    to_code_points,
)
from camlode.rules.matcher import Matcher

ANYTHING = st.text(st.characters(codec=None) | st.sampled_from("aAßẞſsSσςΣİıiIﬁ\ud800\ufffd手ǅ"), max_size=8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("The 图 WORD", "the 图 word"),
        ("ΣΟΦΟΣ σοφος", "σοφοσ σοφοσ"),
        ("Größe ẞ ﬁ", "größe ẞ ﬁ"),
        ("İIıi", "İiıi"),
        ("ſ K", "s k"),
        ("Ａé e\u0301", "ａé e\u0301"),
        ("a\ud800b\udfff", "a\ufffdb\ufffd"),
        ("😀𐐀", "😀𐐨"),
    ],
)
def test_each_character_is_folded_by_itself(text: str, expected: str) -> None:
    assert fold_case(text) == expected
    assert fold_case_all(["x", text, "Y"]) == ["x", expected, "y"]


def test_the_table_equals_fold_case_for_every_character() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert from_code_points(case_fold_table(fold=True)[to_code_points(everything)]) == fold_case(everything)


def test_no_texts() -> None:
    assert fold_case_all([]) == []
    assert fold_case_all(["", ""]) == ["", ""]


@given(ANYTHING)
def test_folding_keeps_the_length_and_is_idempotent(text: str) -> None:
    assert len(fold_case(text)) == len(text)
    assert fold_case(fold_case(text)) == fold_case(text)


@given(ANYTHING.filter(bool), ANYTHING, ANYTHING)
def test_a_fragment_is_found_where_its_folded_text_is(fragment: str, before: str, after: str) -> None:
    text = before + fragment.swapcase() + after + fragment
    found = Matcher([fragment], boundaries=False).find_occurrences([text])
    wanted, where = fold_case(fragment), fold_case(text)
    expected = [place for place in range(len(text)) if where.startswith(wanted, place)]
    assert found.starts.tolist() == expected
    assert found.ends.tolist() == [place + len(fragment) for place in expected]


def test_it_loads_nothing_heavy() -> None:
    code = (
        "import sys; from camlode.pipeline.fragments.casefold import fold_case; fold_case('A'); "
        "print({'numpy', 'pyarrow'} & {*sys.modules})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
