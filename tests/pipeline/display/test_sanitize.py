from __future__ import annotations

import json
from html import unescape

import pytest

from camlode.pipeline.display.sanitize import escape_html, escape_html_line, sanitize, sanitize_json


def test_markup_is_text() -> None:
    assert escape_html("<b>&\"'") == escape_html_line("<b>&\"'") == "&lt;b&gt;&amp;&quot;&#x27;"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\0b", "a␀b"), ("\x1b[31m", "␛[31m"), ("\x7f", "␡"), ("\x85", "\ufffd"), ("\ud83d", "\ufffd"), ("", "")],
)
def test_characters_that_a_page_does_not_allow_have_pictures(text: str, shown: str) -> None:
    assert (escape_html(text), escape_html_line(text)) == (shown, shown)


def test_lines_stay_in_a_text_and_are_shown_within_a_line() -> None:
    assert (escape_html("a\n\tb\r"), escape_html_line("a\n\tb\r")) == ("a\n\tb\r", "a␊␉b␍")


@pytest.mark.parametrize("mark", ["\u202e", "\u202d", "\u200f", "\u061c", "\u2066", "\u2069", "\u2028", "\u2029"])
def test_marks_of_direction_are_escaped_in_a_line_and_kept_in_a_text(mark: str) -> None:
    assert escape_html_line(f"a{mark}b") == f"a\\u{ord(mark):04x}b"
    assert escape_html(f"a{mark}b") == f"a{mark}b"


def test_escaping_loses_nothing() -> None:
    text = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0xD800, 7), *range(0xE000, 0x20000, 99)]))
    assert unescape(escape_html(text)) == text


def test_numbers_are_texts_in_a_line() -> None:
    assert escape_html_line(1.5) == "1.5"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 中文 👩‍💻 é", "plain 中文 👩‍💻 é"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("nul\x00 del\x7f csi\x9b", r"nul\x00 del\x7f csi\x9b"),
        ("abc\u202edef\u2066", r"abc\u202edef\u2066"),
        ("line\u2028", r"line\u2028"),
        ("half\udc80", r"half\udc80"),
        (r"C:\new", r"C:\new"),
    ],
)
def test_a_terminal_shows_escapes_of_control_characters(text: str, shown: str) -> None:
    assert sanitize(text) == shown


def test_json_stays_the_same_value() -> None:
    value = "\x1b[31m\x7f\x9b\u202e 中\n\0"
    shown = sanitize_json(json.dumps(value, ensure_ascii=False))
    assert shown == r'"\u001b[31m\u007f\u009b\u202e 中\n\u0000"'
    assert json.loads(shown) == value
