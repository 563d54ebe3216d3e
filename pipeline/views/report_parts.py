"""What the sections of a report are made of: bars, examples, texts on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.views.escaping import escape_html_line
from pipeline.views.figures import format_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.reporting.facts import ReportPattern
    from sql import Row

_REVIEW_SIGNS = {"accepted": "✓", "rejected": "✕", "spurious": "!"}


def isolate(text: object) -> str:
    """A text on one line, of whatever direction, that doesn't disturb what stands around it."""
    return f"<bdi>{escape_html_line(text)}</bdi>"


def render_bar(share: float | None, kind: str, lower: float | None = None) -> str:
    """A bar of a share (0 to 1); `lower`, the lower end of its interval, in full colour and the rest pale."""
    parts = [(share, "pale" if lower is not None else kind), (lower, kind)]
    return _wrap_bar("".join(_render_fill(name, 0.0, 100 * value) for value, name in parts if value is not None))


def render_change_bar(change: float, largest: float) -> str:
    """A bar from the middle: to the right for more, to the left for less."""
    size = 50 * min(abs(change) / (largest or 1.0), 1.0)
    fill = _render_fill("importance", 50.0, size) if change > 0 else _render_fill("less", 50.0 - size, size)
    return _wrap_bar(f'{fill}<i class="middle"></i>')


def render_badge(review: str | None) -> str:
    """What the last review said, if there is one."""
    return f' <span class="badge {review}">{_REVIEW_SIGNS[review]} {review}</span>' if review in _REVIEW_SIGNS else ""


def render_examples(facts: ReportPattern) -> str:
    """Places where a pattern was important (+), and where it occurs in documents of other labels (−)."""
    return _render_hits(facts.examples, "seen") + _render_hits(facts.counter_examples, "seen counter")


def render_table(head: Iterable[tuple[str, str]], rows: Sequence[str], classes: str = "", label: str = "") -> str:
    """A table that scrolls where it is too wide; `head` are its columns' names and classes."""
    columns = "".join(f'<th scope="col"{_class_attribute(kind)}>{escape_html_line(name)}</th>' for name, kind in head)
    return (
        f'<div class="scroll" role="region" aria-label="{escape_html_line(label)}" tabindex="0"><table{_class_attribute(classes)}>'
        f"<thead><tr>{columns}</tr></thead>\n<tbody>\n{chr(10).join(rows)}\n</tbody></table></div>"
    )


def number_cell(value: object, name: str = "") -> str:
    """A cell with a number; `name` is told where the table is narrow."""
    return f'<td class="number"{_named(name)}>{escape_html_line(format_value(value))}</td>'


def measure(shown: str, drawn: str, name: str = "") -> str:
    """A cell with a number and its bar."""
    return f'<td class="measure"{_named(name)}>{escape_html_line(shown)}{drawn}</td>'


def _render_hits(examples: Sequence[Row], name: str) -> str:
    return "".join(
        f'<p class="{name}" dir="auto">{escape_html_line(each["left"])}<mark>{escape_html_line(each["hit"])}</mark>'
        f"{escape_html_line(each['right'])}</p>"
        for each in examples
    )


def _wrap_bar(fills: str) -> str:
    return f'<span class="bar">{fills}</span>'


def _render_fill(name: str, left: float, width: float) -> str:
    start = f"left:{left:.3g}%;" if left else ""
    return f'<i class="{name}" style="{start}width:{min(max(width, 0.0), 100.0):.3g}%"></i>'


def _class_attribute(name: str) -> str:
    return f' class="{name}"' if name else ""


def _named(name: str) -> str:
    return f' data-name="{escape_html_line(name)}"' if name else ""
