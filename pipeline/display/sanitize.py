"""Others' texts in HTML: escaped, with a picture or the name of what a page can't hold or must not obey."""
# MERGED: Others' texts on a terminal: what could steer it, or turn the order of a line, is shown by its escape.

from __future__ import annotations

import re
from html import escape

# HTML may not hold these, and UTF-8 not the surrogates: controls are shown by their pictures, the others as unreadable.
_CONTROL_PICTURES = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"},
    0x7F: 0x2421,
    **dict.fromkeys([*range(0x80, 0xA0), *range(0xD800, 0xE000)], 0xFFFD),
}
# What turns the order of letters or ends a line is named.
_LINE_PICTURES: dict[int, int | str] = {
    **_CONTROL_PICTURES,
    **{ord(each): 0x2400 + ord(each) for each in "\t\n\r"},
    **{code: f"\\u{code:04x}" for code in (0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))},
}


def escape_html(text: str) -> str:
    """`text` as HTML that shows it and can be copied; its lines and tabs stay."""
    return escape(text.translate(_CONTROL_PICTURES))


def escape_html_line(text: object) -> str:
    """`text` as HTML within one line: lines and tabs by their pictures, too."""
    return escape(sanitize_line(text))


def sanitize_line(text: object) -> str:
    """The same before it is escaped, for templates that do that themselves."""
    return str(text).translate(_LINE_PICTURES)


# Controls; the marks of right-to-left and their isolates; ends of lines and paragraphs; halves of characters.
UNSAFE_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def sanitize(text: str) -> str:
    r"""`text` with an escape such as \x1b or \u202e for each character that a terminal would obey."""
    return UNSAFE_CHARACTERS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def sanitize_json(json: str) -> str:
    """The same for JSON, which stays JSON of the same value."""
    return UNSAFE_CHARACTERS.sub(lambda found: f"\\u{ord(found[0]):04x}", json)
