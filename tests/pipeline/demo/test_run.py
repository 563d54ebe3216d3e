from __future__ import annotations

import io
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from camlode import explain, load_job
from camlode.config.errors import CamlodeError
from camlode.pipeline.demo.lexicon import LEXICON
from camlode.pipeline.demo.run import precision_at_ten, run_demo
from camlode.sql import PatternStore

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A small demo's folder, its results, and what it said meanwhile."""
    folder = tmp_path_factory.mktemp("newcomer") / "demo"
    results, progress = (Console(file=io.StringIO(), width=200) for _ in range(2))
    run_demo(folder, 6000, results, progress)
    files: Any = (results.file, progress.file)
    return folder, files[0].getvalue(), files[1].getvalue()


def test_it_leaves_everything_that_the_next_commands_need(demo: Any) -> None:
    folder, results, progress = demo
    assert {each.name for each in folder.iterdir()} >= {
        "corpus",
        "job.yaml",
        "labels.txt",
        "model.keras",
        "patterns.db",
        "vocabulary.txt",
    }
    assert f"camlode query {folder}/patterns.db --label 数码" in progress
    assert "健康  " in results


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


def test_its_job_explains_a_sentence(demo: Any) -> None:
    (explanation,) = explain(load_job(demo[0] / "job.yaml"), ["周末想去海边玩，订哪家酒店好"])
    label = next(each for each in explanation.labels if each.label == "旅游")
    assert "酒店" in label.fragments[0].text


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine", encoding="utf-8")
    with pytest.raises(CamlodeError, match="contains something else: give an empty or a new folder"):
        run_demo(tmp_path, 1000, Console())
    with pytest.raises(CamlodeError, match=r"thesis\.tex is a file: give a folder"):
        run_demo(tmp_path / "thesis.tex", 1000, Console())
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.tex"]
