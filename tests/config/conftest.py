from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from camlode.config import JobError, load_job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from camlode.config import Job


@pytest.fixture
def values() -> dict[str, Any]:
    """The smallest job, as a mapping."""
    return {
        "corpus": {"paths": ["corpus/*.jsonl"]},
        "model": {"path": "model.keras", "labels": ["财经", "房产"]},
        "tokenizer": {"vocabulary": "vocabulary.txt"},
    }


@pytest.fixture
def job_file(tmp_path: Path, values: dict[str, Any]) -> Path:
    file = tmp_path / "job.yaml"
    file.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    return file


@pytest.fixture
def load(job_file: Path) -> Callable[..., Job]:
    """Loads the smallest job with the overrides that are given."""
    return lambda *overrides: load_job(job_file, overrides)


@pytest.fixture
def error_message(load: Callable[..., Job], job_file: Path) -> Callable[..., str]:
    """What the refusal of the smallest job with these overrides says, without the name of the job file."""

    def message(*overrides: str) -> str:
        with pytest.raises(JobError) as raised:
            load(*overrides)
        return str(raised.value).replace(f"{job_file}, ", "").replace(f"{job_file}: ", "")

    return message
