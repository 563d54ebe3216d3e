"""Others' texts on a terminal: what could steer it, or turn the order of a line, is shown by its escape."""

from __future__ import annotations

import re

# Controls; the marks of right-to-left and their isolates; ends of lines and paragraphs; halves of characters.
UNSAFE_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def sanitize(text: str) -> str:
    r"""`text` with an escape such as \x1b or \u202e for each character that a terminal would obey."""
    return UNSAFE_CHARACTERS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def sanitize_json(json: str) -> str:
    """The same for JSON, which stays JSON of the same value."""
    return UNSAFE_CHARACTERS.sub(lambda found: f"\\u{ord(found[0]):04x}", json)
