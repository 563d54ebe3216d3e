"""Numbers and moments for a person to compare, on pages and in Markdown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any


def format_value(value: Any) -> str:
    """A number with three digits or more, thousands parted; a moment to the minute; a dash for None."""
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
    return str(value)


def format_percent(value: float | None) -> str:
    """A share or probability (0 to 1) in percent."""
    return "–" if value is None else f"{value:.1%}".replace("100.0%", "100%")


def format_signed(value: float) -> str:
    """A change with its sign."""
    return f"{value:+.3g}"


def format_percentage_points(change: float) -> str:
    """A change of a share in points of percent, with its sign."""
    return f"{100 * change:+.2f}".replace("-", "−")


def format_duration(time: timedelta) -> str:
    """How long something took: seconds below two minutes, then minutes, then hours."""
    seconds = time.total_seconds()
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def ratio(part: int | None, whole: int | None) -> float | None:
    """Part of a whole as a share, None where either is missing or the whole is nothing."""
    return part / whole if whole and part is not None else None
