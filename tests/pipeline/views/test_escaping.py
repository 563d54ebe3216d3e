from __future__ import annotations

from html import unescape

import pytest

from pipeline.views.escaping import escaped, in_line


def test_markup_is_text() -> None:
    assert escaped("<b>&\"'") == in_line("<b>&\"'") == "&lt;b&gt;&amp;&quot;&#x27;"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\0b", "a␀b"), ("\x1b[31m", "␛[31m"), ("\x7f", "␡"), ("\x85", "\ufffd"), ("\ud83d", "\ufffd"), ("", "")],
)
def test_what_a_page_cannot_hold_is_shown_by_a_picture(text: str, shown: str) -> None:
    assert (escaped(text), in_line(text)) == (shown, shown)


def test_lines_stay_in_a_text_and_are_shown_within_a_line() -> None:
    assert (escaped("a\n\tb\r"), in_line("a\n\tb\r")) == ("a\n\tb\r", "a␊␉b␍")


@pytest.mark.parametrize("mark", ["\u202e", "\u202d", "\u200f", "\u061c", "\u2066", "\u2069", "\u2028", "\u2029"])
def test_what_turns_a_line_is_named_within_it_and_kept_in_a_text(mark: str) -> None:
    assert in_line(f"a{mark}b") == f"a\\u{ord(mark):04x}b"
    assert escaped(f"a{mark}b") == f"a{mark}b"


def test_whatever_can_be_written_comes_back() -> None:
    text = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0xD800, 7), *range(0xE000, 0x20000, 99)]))
    assert unescape(escaped(text)) == text


def test_numbers_are_texts_in_a_line() -> None:
    assert in_line(1.5) == "1.5"
