"""Values as a page shows them: those of reports, of texts that can't disturb the page, and the widths of bars."""

from __future__ import annotations

from typing import Any

from pipeline.views import figures
from pipeline.views.escaping import sanitize_line


def format_value(value: Any) -> str:
    """A number, a moment or a text, as a report has them."""
    return sanitize_line(figures.format_value(value))


def width(share: float | None) -> str:
    """How many hundredths of a bar's width a share (0 to 1) takes."""
    return f"{100 * min(max(share or 0.0, 0.0), 1.0):.2f}"
