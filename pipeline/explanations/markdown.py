"""Explanations as Markdown."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from camlode.pipeline.display.sanitize import sanitize
from camlode.pipeline.display.tables import escape_markdown
from camlode.pipeline.explanations.highlight import find_passage, highlight_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from camlode.pipeline.explanations.explanation import Explanation
    from camlode.pipeline.explanations.highlight import HighlightSpan
    from camlode.pipeline.explanations.tokens import LabelExplanation

_MIN_MARKED_STRENGTH = 1 / 3
_TOP_TOKENS = 5


def render_explanations_markdown(explanations: Sequence[Explanation], title: str = "Explanations") -> str:
    """Render a table for each text, with its labels side by side: the text, the strongest tokens, the fragments.

    Tokens with at least a third of the strongest token's importance are bold if they speak for the label, struck
    through if against it. Of a long text only the passage that matters most is shown.
    """
    parts = [f"# {_escape_line(title)}", *_legend_lines(explanations)]
    for number, explanation in enumerate(explanations, start=1):
        parts += [f"## {number}"] if len(explanations) > 1 else []
        parts += [_render_labels_table(explanation)] if explanation.labels else _render_unlabelled(explanation)
    return "\n\n".join(parts) + "\n"


def _legend_lines(explanations: Sequence[Explanation]) -> Iterator[str]:
    kinds = dict.fromkeys(
        f"Importances in {_escape_line(each.unit)}, by {_escape_line(each.method)}." for each in explanations
    )
    yield f"<b>Bold</b> speaks for the label, <s>struck through</s> against it. {' '.join(kinds)}".rstrip()


def _render_unlabelled(explanation: Explanation) -> list[str]:
    return ["The model gives this text no label.", _escape_line(explanation.text)]


def _render_labels_table(explanation: Explanation) -> str:
    text, labels = explanation.text, explanation.labels
    rows = [
        ["", *(f"{_escape_line(label.label)} {label.score:.3f}" for label in labels)],
        ["---"] * (len(labels) + 1),
        ["text", *(_mark_text(text, label) for label in labels)],
        ["tokens", *(_format_importances(label, signed=True) for label in labels)],
        ["fragments", *(_format_importances(label, signed=False) for label in labels)],
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _format_importances(label: LabelExplanation, *, signed: bool) -> str:
    found = label.top(_TOP_TOKENS) if signed else label.fragments
    sign = "+" if signed else ""
    return ", ".join(f"{_escape_line(each.text.strip())} {each.importance:{sign}.3f}" for each in found) or "none"


def _mark_text(text: str, label: LabelExplanation) -> str:
    """Return the text or its passage on one line, adjacent tokens of the same side in one tag."""
    found = find_passage(text, label)
    start, end = found or (0, len(text))
    shown = "".join(
        _render_side(side, [*group]) for side, group in groupby(highlight_spans(text, label, start, end), key=_side_tag)
    )
    return f"{'… ' if start else ''}{shown}{' …' if end < len(text) else ''}"


def _side_tag(span: HighlightSpan) -> str:
    return "" if abs(span.strength) < _MIN_MARKED_STRENGTH else "b" if span.strength > 0 else "s"


def _render_side(tag: str, group: Sequence[HighlightSpan]) -> str:
    words = _escape_line("".join(span.text for span in group))
    return f"<{tag}>{words}</{tag}>" if tag else words


def _escape_line(text: str) -> str:
    """Escape text for one line of Markdown; a line end becomes a space."""
    return escape_markdown(sanitize(text.replace("\r\n", " ").replace("\n", " ")))
