"""Numbers, shares, times and sizes for people to read: in tables, on pages and in sentences."""

from __future__ import annotations

from datetime import datetime
from typing import Any

_BYTE_UNITS = ("KB", "MB", "GB", "TB")


def format_value(value: Any) -> str:
    """Format a value for a page: a number with at least three digits, a time to the minute, a dash for None."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)


def format_table_value(value: Any) -> str:
    """Format a value for a table's cell: a number with at least four digits, a time to the minute, nothing for None.

    Numbers have no thousands separators, so that they can be copied into a program.
    """
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
    return str(value)


def format_time(moment: datetime) -> str:
    """Format a time to the minute."""
    return f"{moment:%Y-%m-%d %H:%M}"


def format_duration(seconds: float) -> str:
    """Format seconds: 0.4 s, 45 s, 12 min, 3 h 20 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def format_bytes(number: int) -> str:
    """Format a number of bytes: 300 bytes, 1.5 MB."""
    power = min(max(len(str(number)) - 1, 0) // 3, len(_BYTE_UNITS))
    return f"{number / 1000**power:,.1f} {_BYTE_UNITS[power - 1]}" if power else count_noun(number, "byte")


def count_noun(number: int, noun: str) -> str:
    """Format a number of things: 1 file, 1,200 files."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def format_percent(share: float | None) -> str:
    """Format a share (0 to 1) for a column: 12.5%, or a dash for None."""
    return "–" if share is None else f"{share:.1%}".replace("100.0%", "100%")


def format_share(share: float) -> str:
    """Format a share (0 to 1) for a sentence, with three digits: 4.13 %."""
    return f"{100 * share:.3g} %"


def format_signed_percent(share: float) -> str:
    """Format a signed share (-1 to 1) in whole percent, with a minus as wide as a plus; nothing if it rounds to 0."""
    rounded = round(100 * share)
    return f"{rounded}%".replace("-", "−") if rounded else ""


def format_signed(value: float) -> str:
    """Format a difference with its sign."""
    return f"{value:+.3g}"


def format_percentage_points(change: float) -> str:
    """Format a difference of two shares (0 to 1) in percentage points, with its sign."""
    return f"{100 * change:+.2f}".replace("-", "−")


def ratio(part: int | None, whole: int | None) -> float | None:
    """Return part / whole, or None if either is missing or the whole is zero."""
    return part / whole if whole and part is not None else None
