"""Texts as the lines of a file, and what cannot be one."""

from __future__ import annotations

import json

from pipeline.views.visible import sanitize_json


def to_json_line(value: object) -> str:
    """A value as JSON in one line, also for programs that take U+2028 for the end of one."""
    return sanitize_json(json.dumps(value, ensure_ascii=False))


def is_one_line(text: str) -> bool:
    """Whether no program would take a text for several lines."""
    return len(text.splitlines()) == 1 and text.splitlines()[0] == text
