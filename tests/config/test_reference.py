from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import camlode.config
from camlode.config import load_job
from camlode.config.job import SECTIONS
from camlode.config.reference import render_job_reference, render_starter_job

REPOSITORY = Path(camlode.config.__file__).parents[2]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    file = tmp_path / "job.yaml"
    file.write_text(render_starter_job(), encoding="utf-8")
    return file


def test_the_reference_in_the_documentation_is_up_to_date() -> None:
    written = (REPOSITORY / "docs" / "job.md").read_text(encoding="utf-8")
    assert written == render_job_reference(), "write it again: python -m camlode.config.reference > docs/job.md"


@pytest.mark.parametrize(
    "row",
    [
        "| `paths` | list of strings | required | Files, globs, folders or any fsspec URL: one, or a list. |",
        "| `top` | whole number (at least 1) | `1000` | The maximum number of patterns published for a label. |",
        "| `address` | string or null | `null` | The Ray cluster to join; null: a local Ray that starts and "
        "stops with the job. |",
        "| `hmm` | true or false | `false` | Whether jieba guesses unknown words; slower. |",
        "| `max_units` | whole number (at least 1, at most 20) | `3` | The maximum number of units in a fragment. |",
    ],
)
def test_the_reference_has_a_row_for_an_option(row: str) -> None:
    assert row in render_job_reference().splitlines()


def test_the_starter_loads(written: Path) -> None:
    assert load_job(written).model.path == str(written.parent / "model.keras")


def test_the_starter_has_every_option() -> None:
    options = {name: [*section.model_fields] for name, section in SECTIONS.items()}
    assert {name: [*section] for name, section in yaml.safe_load(render_starter_job()).items()} == options


def test_the_starter_keeps_the_defaults_but_for_the_files(written: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.yaml"
    bare.write_text(
        "corpus: {paths: corpus/*.jsonl}\nmodel: {path: model.keras, labels: labels.txt}\n"
        "tokenizer: {vocabulary: vocabulary.txt}\n",
        encoding="utf-8",
    )
    assert load_job(written) == load_job(bare)


def test_the_starter_says_what_an_option_means() -> None:
    assert "  # The maximum number of units in a fragment.\n  max_units: 3\n" in render_starter_job()
