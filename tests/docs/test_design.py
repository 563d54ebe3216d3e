"""docs/design.md and CONTRIBUTING.md name existing files, functions, imports, tables and views."""

from __future__ import annotations

import ast
import re

import pytest

from camlode.pipeline.importance_unit import IMPORTANCE_UNIT
from camlode.rules.fitting import _HOLD_OUT_EVERY
from camlode.rules.selection import BOOSTING_ROUNDS
from camlode.sql.ownership import STALE_SECONDS
from camlode.sql.schema import Base
from camlode.sql.views import VIEWS
from tests.docs.conftest import DOCS, blocks
from tests.test_imports import SOURCES, floor, imported_modules, is_within

ROOT = DOCS.parent
PAGE = (DOCS / "design.md").read_text(encoding="utf-8")
TREE = re.findall(r"^\| (`[^|]*) \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
PATHS = sorted({*re.findall(r"`([a-z_]+/[\w/.]*)`", PAGE + "".join(TREE))})
LAYERS, TABLES = blocks(PAGE, "mermaid")
QUESTIONS = re.findall(r"^\| ([^|]+\?) \| ([^|]+) \| ([^|]*) \|$", PAGE, re.MULTILINE)


def read_arrows() -> list[tuple[str, str]]:
    """The imports that the page draws, as pairs of modules."""
    names = dict(re.findall(r'(\w+)\["([\w.]+)"\]', LAYERS))
    return [(names[one], names[other]) for one, other in re.findall(r"(\w+)(?:\[.*?\])? --> (\w+)", LAYERS)]


def defined_names(path: str) -> set[str]:
    """Functions, classes and constants of a source."""
    nodes = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    names = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
    return names | {target.id for target in targets if isinstance(target, ast.Name)}


@pytest.mark.parametrize("name", PATHS)
def test_named_files_exist(name: str) -> None:
    path = ROOT / name
    assert path.is_dir() if name.endswith("/") else path.is_file()


@pytest.mark.parametrize(("question", "files", "names"), QUESTIONS, ids=[each[0] for each in QUESTIONS])
def test_the_files_of_a_question_define_its_names(question: str, files: str, names: str) -> None:
    paths = re.findall(r"`([\w/.]+)`", files)
    assert paths, question
    defined = {name for path in paths if path.endswith(".py") for name in defined_names(path)}
    assert {*re.findall(r"`(\w+)`", names)} <= defined


@pytest.mark.parametrize(("one", "other"), read_arrows())
def test_an_arrow_is_an_import_of_a_lower_floor(one: str, other: str) -> None:
    sources = [path for module, path in SOURCES.items() if is_within(module, f"camlode.{one}")]
    imported = {name for path in sources for name in imported_modules(path)}
    assert any(is_within(name, f"camlode.{other}") for name in imported)
    assert floor(f"camlode.{one}") > floor(f"camlode.{other}")


def test_tables_and_views_are_those_of_the_store() -> None:
    drawn = re.findall(r"^  (\w+) \|\|--o\{ (\w+)", TABLES, re.MULTILINE)
    assert {name for pair in drawn for name in pair} == {*Base.metadata.tables}
    keys = {
        (key.column.table.name, table.name) for table in Base.metadata.tables.values() for key in table.foreign_keys
    }
    assert set(drawn) == keys - {("labels", "examples"), ("fragments", "examples")}
    views = re.search(r"The views (.*?) are the stable interface", PAGE, re.DOTALL)
    assert views is not None
    assert re.findall(r"`(\w+)`", views[1]) == [*VIEWS]


def test_numbers_are_those_of_the_code() -> None:
    assert IMPORTANCE_UNIT == 2.0**-20
    assert "units of 2⁻²⁰ logits" in PAGE
    assert f"no heartbeat for\n{STALE_SECONDS:g} seconds" in PAGE
    assert f"in {BOOSTING_ROUNDS} rounds" in PAGE
    assert (_HOLD_OUT_EVERY, "every fifth text" in PAGE) == (5, True)
