"""Rows as a table in Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.views.tables import format_cell, is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.views.tables import Row

_MARKDOWN_SYNTAX = re.compile(r"([\\`*_\[\]<>|~&#$])")


def format_markdown_table(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """The rows under a header, numbers to the right, texts as they are."""
    numeric = [any(is_number(row[column]) for row in rows) for column in columns]
    lines = [
        [column.replace("_", " ") for column in columns],
        ["---:" if each else "---" for each in numeric],
        *([escape_markdown(format_cell(row[column])) for column in columns] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escape_markdown(text: str) -> str:
    """`text` with a backslash before all that Markdown would read as more than text."""
    return _MARKDOWN_SYNTAX.sub(r"\\\1", text)
