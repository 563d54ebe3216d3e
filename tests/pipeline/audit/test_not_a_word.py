from __future__ import annotations

from typing import Any

import pytest

from camlode import audit
from camlode.pipeline.audit.text_checks import REASONS, classify_non_word


@pytest.mark.parametrize(
    ("fragment", "kind"),
    [
        ("(图)", "brackets"),
        ("（组图）", "brackets"),
        ("《红楼梦》", "brackets"),
        ("[2008]", "brackets"),
        ("((图))", "brackets"),
        ("()", "punctuation"),
        ("》", "punctuation"),
        ("!!!", "punctuation"),
        ("——", "punctuation"),
        ("|", "punctuation"),
        ("$", "punctuation"),
        ("★■", "punctuation"),
        ("\x00", "punctuation"),
        ("7", "digits"),
        ("2008", "digits"),
        ("３．５", "digits"),
        ("10:30", "digits"),
        ("50%", "digits"),
        ("$50", "digits"),
        ("图", "character"),
        ("图:", "character"),
        ("か\u3099", "character"),
        ("の", "character"),
        ("ท", "character"),
        ("x", "letter"),
        ("é", "letter"),
        ("e\u0301", "letter"),
        ("я.", "letter"),
        ("组图", None),
        ("3d", None),
        ("第1", None),
        ("ok", None),
        ("a+", None),
        ("(a) b", None),
        ("(a) b (c)", None),
        ("图(a", None),
        ("😀", None),
        ("❤\ufe0f", None),
        ("", "punctuation"),
    ],
)
def test_the_kind_of_a_fragment(fragment: str, kind: str | None) -> None:
    assert classify_non_word(fragment) == kind


def test_words_are_not_listed(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"体育": [pattern("球员"), pattern("图")]})
    found = audit(audit_store.store, checks=["not_a_word"])
    assert ([each.fragment for each in found.findings], found.summaries[0].judged) == (["图"], 2)


def test_its_reason(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"娱乐": [pattern("图", 0.041)]}, matched=False)
    (found,) = audit(audit_store.store, checks=["not_a_word"]).findings
    assert found.numbers == {"kind": "character"}
    assert found.why == f"“图” carries 4.1 % of 娱乐's importance and {REASONS['character']}"
