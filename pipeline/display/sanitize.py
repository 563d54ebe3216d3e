"""Sanitize untrusted text, for a page and for a terminal.

A page shows control characters by their pictures (U+2400 and on), and within one line the marks that change the order
of its letters by their escapes. A terminal shows an escape for each character that it would obey.
"""

from __future__ import annotations

import re
from html import escape

# HTML does not allow these, and UTF-8 no surrogates: controls are shown by their pictures, the others by U+FFFD.
_CONTROL_PICTURES = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"},
    0x7F: 0x2421,
    **dict.fromkeys([*range(0x80, 0xA0), *range(0xD800, 0xE000)], 0xFFFD),
}
# Marks that change the order of letters or end a line are shown by their escapes.
_LINE_PICTURES: dict[int, int | str] = {
    **_CONTROL_PICTURES,
    **{ord(each): 0x2400 + ord(each) for each in "\t\n\r"},
    **{code: f"\\u{code:04x}" for code in (0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))},
}


def escape_html(text: str) -> str:
    """Escape `text` for HTML; line ends and tabs stay, so that the text can be copied."""
    return escape(text.translate(_CONTROL_PICTURES))


def escape_html_line(text: object) -> str:
    """Sanitize `text` to one line, and escape it for HTML."""
    return escape(sanitize_line(text))


def sanitize_line(text: object) -> str:
    """Replace what a page cannot show, or what would change its line, by pictures and escapes; nothing is escaped."""
    return str(text).translate(_LINE_PICTURES)


# Controls; marks of direction and their isolates; ends of lines and paragraphs; surrogates.
UNSAFE_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def sanitize(text: str) -> str:
    r"""Replace each character that a terminal would obey by an escape such as \x1b or \u202e."""
    return UNSAFE_CHARACTERS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def sanitize_json(json: str) -> str:
    """Do the same in JSON by JSON's escapes, so that its value stays the same."""
    return UNSAFE_CHARACTERS.sub(lambda found: f"\\u{ord(found[0]):04x}", json)
