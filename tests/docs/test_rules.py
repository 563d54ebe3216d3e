"""The commands and the Python of docs/rules.md run, and its rule file is valid."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from camlode.rules.rule_file import parse_rules
from camlode.rules.selection import SELECTIONS
from tests.docs.conftest import DOCS, blocks, commands, headlines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = (DOCS / "rules.md").read_text(encoding="utf-8")


@pytest.fixture
def texts(folder: Path) -> Path:
    """The folder with the other files that the page names."""
    rows = [{"id": row["id"], "text": row["title"], "label": row["label"]} for row in headlines()]
    pyarrow.csv.write_csv(pa.Table.from_pylist(rows), folder / "labelled.csv")
    pq.write_table(pa.Table.from_pylist(rows), folder / "corpus.parquet")
    (folder / "new.jsonl").write_text('{"text": "the bank fell"}\n', encoding="utf-8")
    return folder


def test_commands_run(texts: Path, run: Callable[[str], str]) -> None:
    assert len([run(line) for line in commands(PAGE)]) >= 8
    assert json.loads((texts / "answers.jsonl").read_text(encoding="utf-8"))["label"] == "finance"
    assert pq.read_table(texts / "answers.parquet").num_rows == 200
    assert (texts / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert "topics" in run("camlode rules list patterns.db")


def test_python_runs(texts: Path, run: Callable[[str], str]) -> None:
    first = "import pyarrow.csv\nrows = pyarrow.csv.read_csv('labelled.csv').to_pylist()\n"
    columns = "texts, labels = ([row[name] for row in rows] for name in ('text', 'label'))\n"
    (texts / "page.py").write_text(first + columns + "\n".join(blocks(PAGE, "python")), encoding="utf-8")
    assert "shares [(0, 6)] {'finance': " in run("python page.py")


def test_the_rule_file_is_valid() -> None:
    (content,) = blocks(PAGE, "json")
    assert [rule.text for rule in parse_rules(content, "docs/rules.md").rules] == ["shares"]


def test_all_selections_are_described() -> None:
    assert all(f"`{selection}`" in PAGE for selection in SELECTIONS)
