from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.demo.lexicon import LEXICON
from camlode.pipeline.demo.run import precision_at_ten
from camlode.sql import PatternStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A small demo, run as a newcomer does, and what it printed."""
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("newcomer") / "demo"
    command = [sys.executable, "-m", "camlode.pipeline.cli", "demo", "--folder", folder, "--documents", "8000"]
    return folder, subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_it_leaves_everything_that_the_next_commands_need(demo: Any) -> None:
    folder, done = demo
    assert done.returncode == 0, done.stderr
    assert {each.name for each in folder.iterdir()} >= {
        "corpus",
        "job.yaml",
        "labels.txt",
        "model.keras",
        "patterns.db",
        "vocabulary.txt",
    }
    assert f"camlode query {folder}/patterns.db --label 数码" in done.stderr
    assert "健康  " in done.stdout


def test_nine_of_each_labels_ten_first_patterns_are_words_that_the_corpus_was_made_of(demo: Any) -> None:
    precision = precision_at_ten(PatternStore(demo[0] / "patterns.db"))
    assert set(precision) == set(LEXICON)
    assert min(precision.values()) >= 0.9


def test_anybodys_sql_reads_the_view(demo: Any) -> None:
    with sqlite3.connect(demo[0] / "patterns.db") as connection:
        rows = connection.execute(
            "SELECT rank, fragment FROM top_patterns WHERE label = '数码' ORDER BY rank LIMIT 2"
        ).fetchall()
    assert [rank for rank, _ in rows] == [1, 2]
    assert all(fragment in LEXICON["数码"] for _, fragment in rows)


def test_the_demos_job_explains_a_sentence(demo: Any, camlode: Callable[..., Any]) -> None:
    done = camlode("explain", demo[0] / "job.yaml", "周末想去海边玩，订哪家酒店好")
    assert "旅游  " in done.stdout
    assert "酒店" in done.stdout.split("fragments:")[1].splitlines()[0]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, camlode: Callable[..., Any]) -> None:
    (tmp_path / "thesis.tex").write_text("mine", encoding="utf-8")
    done = camlode("demo", "--folder", tmp_path)
    assert done.returncode == 2
    assert "contains something else: give an empty or a new folder" in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.tex"]
