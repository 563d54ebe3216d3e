from __future__ import annotations

import json

import pytest

from camlode.pipeline.display.sanitize import sanitize, sanitize_json


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
def test_what_a_terminal_would_obey_is_shown_by_its_escape(text: str, shown: str) -> None:
    assert sanitize(text) == shown


def test_json_stays_the_same_value() -> None:
    value = "\x1b[31m\x7f\x9b\u202e 中\n\0"
    shown = sanitize_json(json.dumps(value, ensure_ascii=False))
    assert shown == r'"\u001b[31m\u007f\u009b\u202e 中\n\u0000"'
    assert json.loads(shown) == value
