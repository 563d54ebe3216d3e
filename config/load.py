"""Loading a job from its YAML file or from Python values."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from pydantic import ValidationError

from camlode.config.errors import JobError
from camlode.config.job import SECTIONS, Job
from camlode.config.validation import find_problems, format_value

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

_LOG = logging.getLogger(__name__)


def load_job(path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Job:
    """Load the job in the YAML file at `path`; its relative paths are relative to the file's folder.

    A key `folder` beside the sections sets another folder for relative paths.

    Args:
        path: the job file, UTF-8.
        overrides: each "section.key=value", the value written as in YAML; they take precedence over the file.

    Raises:
        JobError: the file cannot be read, or the job is invalid; one line for each problem.
    """
    file = Path(path).expanduser()
    _LOG.debug("reading the job %s", file)
    values = _parse_yaml(_read_text(file), str(path))
    if not isinstance(values, Mapping):
        raise JobError(
            f"{path}: expected a mapping with the sections {', '.join(SECTIONS)}, got {format_value(values)}"
        )
    overrides_by_key = {}
    values = _copy_sections(values)
    folder = _pop_folder(values, file.absolute().parent, str(path))
    for override in overrides:
        section, key = _apply_override(values, override)
        overrides_by_key[section, key] = override
    return _validate(values, folder, str(path), overrides_by_key)


def parse_job(values: Mapping[str, object], folder: str | os.PathLike[str] = ".") -> Job:
    """Build the job that `values` describes: the content of a job file as a mapping of mappings.

    Args:
        values: the sections by name.
        folder: the folder for relative paths.

    Raises:
        JobError: the job is invalid; one line for each problem.
    """
    return _validate(_copy_sections(values), Path(folder), "job", {})


class _UniqueKeyLoader(yaml.SafeLoader):
    """A safe YAML loader that refuses duplicate keys, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        written = [(key.value, key.start_mark) for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        names = [name for name, _ in written]
        for index, (name, mark) in enumerate(written):
            if name in names[:index] and name != "<<":
                raise yaml.constructor.ConstructorError(None, None, f"the key {name} is there twice", mark)
        return super().construct_mapping(node, deep)


def _read_text(file: Path) -> str:
    if file.is_dir():
        raise JobError(f"{file} is a folder: expected a job file, for example {file / 'job.yaml'}")
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise JobError(f"{file}: there is no such file; `camlode init` writes a job file to start from") from error
    except UnicodeDecodeError as error:
        raise JobError(f"{file}: expected UTF-8, but byte {error.start} is not: save the file as UTF-8") from error
    except OSError as error:
        raise JobError(f"{file}: cannot be read: {error.strerror}") from error


def _parse_yaml(text: str, source: str) -> object:
    try:
        return yaml.load(text, _UniqueKeyLoader)  # noqa: S506 (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        position = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise JobError(f"{source}: broken YAML: {position}{error.problem or error.context}") from error
    # An invalid date such as 2024-13-01 raises a ValueError, brackets a thousand deep a RecursionError.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise JobError(f"{source}: broken YAML: {' '.join(str(error).split())}") from error


def _pop_folder(values: dict[str, object], default_folder: Path, source: str) -> Path:
    """Remove the key `folder` from `values` and return it as a path; `default_folder` if there is none."""
    folder = values.pop("folder", ".")
    if not isinstance(folder, str):
        raise JobError(f"{source}: folder: expected the folder for relative paths, got {format_value(folder)}")
    return default_folder / Path(folder).expanduser()


def _copy_sections(values: Mapping[str, object]) -> dict[str, object]:
    """Copy the mapping and its sections; a section without a value becomes an empty one."""
    empty = {name for name in SECTIONS if name in values and values[name] is None}
    copied = {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}
    return copied | {name: {} for name in empty}


def _apply_override(values: dict[str, object], override: str) -> tuple[str, str]:
    name, equals, text = override.partition("=")
    section, dot, key = name.strip().partition(".")
    if not (equals and dot and section and key):
        raise JobError(f"--set {override}: expected section.key=value{_suggest_option(section, text)}")
    section_values = values.setdefault(section, {})
    # A section that is not a mapping is refused by the validation afterwards.
    if isinstance(section_values, dict):
        section_values[key] = _parse_yaml(text, f"--set {override}")
    return section, key


def _suggest_option(key: str, text: str) -> str:
    section = next((name for name, section in SECTIONS.items() if key in section.model_fields), None)
    return f"; did you mean {section}.{key}={text or 'value'}?" if section else ", for example run.workers=2"


def _validate(
    values: Mapping[str, object], folder: Path, source: str, overrides_by_key: Mapping[tuple[str, str], str]
) -> Job:
    try:
        return Job.model_validate(values).resolve_paths(folder)
    except ValidationError as error:
        problems = find_problems(error, values)
        raise JobError(
            "\n".join(_format_problem(problem.key, problem.line, source, overrides_by_key) for problem in problems)
        ) from error


def _format_problem(
    key: tuple[int | str, ...], line: str, source: str, overrides_by_key: Mapping[tuple[str, str], str]
) -> str:
    override = overrides_by_key.get((str(key[0]), str(key[1]))) if len(key) > 1 else None
    return f"{source}, --set {override}: {line}" if override else f"{source}: {line}"
