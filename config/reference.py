"""The reference of the job options and the starter job file, both generated from the sections."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camlode.config.job import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from camlode.config.sections import Section

_EXAMPLE = Path(__file__).parent / "examples" / "headlines.yaml"

_INTRODUCTION = """\
# A job

A job is a YAML file with a section for each part of the work. `camlode init` writes one to start from, with
every option and its meaning; `camlode mine job.yaml` runs it. Relative paths are relative to the folder of the job
file, or to the value of a key `folder` beside the sections. An unknown key is an error, so that no misspelt option
goes unnoticed. Any value can be overridden for one run, written as in YAML:
`camlode mine job.yaml --set fragments.max_units=4 --set run.workers=2`.

The sections `store` and `run` set where the result goes and how it is computed. All others, except the names of corpus
and model in the store, define the result: two jobs with the same values there, the same bytes of model and vocabulary
and the same corpus files have the same fingerprint.
"""

_STARTER_INTRODUCTION = """\
# A camlode job: run it with `camlode mine`. Relative paths are relative to the folder of this file.
# Every option has its default here, except those that name your own files: change these first.
"""

_STARTER_VALUES: dict[tuple[str, str], object] = {
    ("corpus", "paths"): ["corpus/*.jsonl"],
    ("model", "path"): "model.keras",
    ("model", "labels"): "labels.txt",
    ("tokenizer", "vocabulary"): "vocabulary.txt",
}

_TYPES = {
    "string": "string",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
}


def render_job_reference() -> str:
    """Return the Markdown of docs/job.md: a table of options for each section, and a complete example."""
    tables = [_render_table(name, section) for name, section in SECTIONS.items()]
    example = f"## Example\n\n```yaml\n{_EXAMPLE.read_text(encoding='utf-8')}```\n"
    return "\n".join([_INTRODUCTION, *tables, example])


def render_starter_job() -> str:
    """Return the YAML of the starter job: every option, with its meaning above it."""
    sections = ["\n".join(_render_starter_lines(name, section)) + "\n" for name, section in SECTIONS.items()]
    return "\n".join([_STARTER_INTRODUCTION, *sections])


def _render_table(name: str, section: type[Section]) -> str:
    head = f"## {name}\n\n{section.__doc__}\n\n| option | type | default | meaning |\n|---|---|---|---|\n"
    schemas = section.model_json_schema()["properties"]
    return head + "".join(_render_row(key, field, schemas[key]) for key, field in section.model_fields.items())


def _render_row(key: str, field: FieldInfo, schema: dict[str, Any]) -> str:
    default = "required" if field.is_required() else f"`{_format_yaml(field.default)}`"
    cells = (f"`{key}`", _format_type(schema), default, field.description or "")
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _format_yaml(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _format_type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_format_type(each) for each in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema["type"] == "array":
        return f"list of {_format_type(schema['items'])}s"
    if schema["type"] == "object":
        return f"mapping to {_format_type(schema['additionalProperties'])}"
    return _TYPES[schema["type"]] + _format_bounds(schema)


def _format_bounds(schema: dict[str, Any]) -> str:
    words = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}
    bounds = [f"{word} {schema[key]:g}" for key, word in words.items() if key in schema]
    return f" ({', '.join(bounds)})" if bounds else ""


def _render_starter_lines(name: str, section: type[Section]) -> Iterator[str]:
    yield f"# {section.__doc__}"
    yield f"{name}:"
    for key, field in section.model_fields.items():
        yield from textwrap.wrap(field.description or "", 98, initial_indent="  # ", subsequent_indent="  # ")
        value = _STARTER_VALUES.get((name, key), field.default)
        yield f"  {key}: {_format_yaml(value)}"


if __name__ == "__main__":
    print(render_job_reference(), end="")
