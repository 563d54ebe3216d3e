"""The fingerprint of a job: equal for equal results, whatever machine and folder it is mined in."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from camlode.config.errors import JobError
from camlode.config.labels import read_labels, resolve_thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from camlode.config.job import Job

STORE_NAME_OPTIONS = {"corpus": ("name",), "model": ("name", "version")}
"""Options by section that only set names in the store and do not affect results."""


class Digests(NamedTuple):
    """SHA-256 digests in hexadecimal: `parts` by section of the job, `model` of the model's bytes alone."""

    parts: dict[str, str]
    model: str


def compute_fingerprint(job: Job, files: Sequence[tuple[str, int]]) -> str:
    """Compute the SHA-256 digest, in hexadecimal, of everything that defines the job's result.

    Covered: the model's bytes, labels, task, thresholds, layers and custom objects; the tokenizer with the
    bytes of its files; attribution, fragments and patterns; how the corpus is read, and its files. Not
    covered: the sections store and run, the locations of the job's folder, model and vocabulary, and the names of model
    and corpus in the store.

    Args:
        job: the job, as loaded.
        files: path or URL and size in bytes of each corpus file, in any order.

    Raises:
        JobError: a file that the job names cannot be read.
    """
    return combine_fingerprint_parts(compute_fingerprint_parts(job, files))


def combine_fingerprint_parts(parts: Mapping[str, str]) -> str:
    """Combine the digests of `compute_fingerprint_parts` into the fingerprint."""
    return _digest_json(dict(parts))


def compute_fingerprint_parts(job: Job, files: Sequence[tuple[str, int]]) -> dict[str, str]:
    """Compute the fingerprint's digests by section, so that a message can name what has changed.

    Raises:
        JobError: a file that the job names cannot be read.
    """
    return compute_digests(job, files).parts


def compute_digests(job: Job, files: Sequence[tuple[str, int]]) -> Digests:
    """Compute the digests of `compute_fingerprint_parts` and that of the model file alone, without its labels.

    Raises:
        JobError: a file that the job names cannot be read.
    """
    model = _digest_path(job.model.path, "model.path")
    parts = {
        "corpus": _corpus_values(job, files),
        "model": _model_values(job, model),
        "tokenizer": _tokenizer_values(job),
        "attribution": job.attribution.model_dump(),
        "fragments": job.fragments.model_dump(),
        "patterns": job.patterns.model_dump(),
    }
    return Digests({section: _digest_json(part) for section, part in parts.items()}, model)


def _corpus_values(job: Job, files: Sequence[tuple[str, int]]) -> dict[str, object]:
    relative = sorted((_relative_path(path, job.folder), size) for path, size in files)
    return {**job.corpus.model_dump(exclude={"paths", *STORE_NAME_OPTIONS["corpus"]}), "files": relative}


def _model_values(job: Job, content: str) -> dict[str, object]:
    labels = read_labels(job.model)
    return {
        "content": content,
        "labels": labels,
        "task": job.model.task,
        "thresholds": resolve_thresholds(job.model, labels),
        **job.model.model_dump(include={"layers", "embedding", "inputs", "logits", "backend"}),
        "custom_objects": sorted(job.model.custom_objects),
    }


def _tokenizer_values(job: Job) -> dict[str, object]:
    settings = job.tokenizer.model_dump()
    files = {key: settings[key] for key in ("vocabulary", "path", "dictionary") if settings[key] is not None}
    return settings | {key: _digest_path(path, f"tokenizer.{key}") for key, path in files.items()}


def _relative_path(path: str, folder: Path) -> str:
    local = path.removeprefix("file://")
    return path if "://" in local else Path(os.path.relpath(folder / local, folder)).as_posix()


def _digest_path(path: str, key: str) -> str:
    """Compute the digest of a file, of a folder's files with their names, or of a checkpoint's files."""
    root = Path(path)
    try:
        parts = _find_checkpoint_files(path)
        if parts:
            return _digest_json({ending: _digest_file(file) for ending, file in parts.items()})
        if not root.is_dir():
            return _digest_file(root)
        inside = {file.relative_to(root).as_posix(): file for file in root.rglob("*") if file.is_file()}
        return _digest_json({name: _digest_file(file) for name, file in inside.items()})
    except OSError as error:
        raise JobError(f"{key}: {path} cannot be read: {error.strerror}: expected an existing file") from error


def _find_checkpoint_files(path: str) -> dict[str, Path]:
    """Return a TensorFlow checkpoint's files PREFIX.* by the rest of their names; none if `path` is no such prefix."""
    prefix = Path(path.removesuffix(".meta"))
    if not Path(f"{prefix}.meta").is_file():
        return {}
    start = f"{prefix.name}."
    return {
        file.name.removeprefix(prefix.name): file for file in prefix.parent.iterdir() if file.name.startswith(start)
    }


def _digest_file(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest_json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
