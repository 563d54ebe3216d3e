"""Values as a page shows them: numbers a person can compare, texts that can't disturb the page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

_PICTURES = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x7F: "\u2421",
    # What turns the order of letters, ends lines, or is half a character, is named.
    **{code: f"\\u{code:04x}" for code in (*range(0x80, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F))},
    **{code: f"\\u{code:04x}" for code in (*range(0x2066, 0x206A), *range(0xD800, 0xE000))},
}


def shown(text: object) -> str:
    """A text with a picture or the name of each character that can't be seen; escaping it is left to the template."""
    return str(text).translate(_PICTURES)


def figure(value: Any) -> str:
    """A number with three digits or more, thousands parted; a moment to the minute; nothing for None."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 100 else f"{value:.3g}"
    return shown(value)


def percent(value: float | None) -> str:
    """A share or probability in percent."""
    return "–" if value is None else f"{value:.1%}".replace("100.0%", "100%")


def signed(value: float) -> str:
    """A change with its sign."""
    return f"{value:+.3g}"


def width(share: float | None) -> str:
    """How many hundredths of a bar's width a share (0 to 1) takes."""
    return f"{100 * min(max(share or 0.0, 0.0), 1.0):.2f}"
