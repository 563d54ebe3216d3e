"""docs/design.md speaks of what is there: files, folders, imports, tables, views and the numbers that it gives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from camlode.pipeline.records import IMPORTANCE_UNIT
from camlode.rules.fitting import _HOLD_OUT_EVERY
from camlode.rules.selection import BOOSTING_ROUNDS
from camlode.sql.ownership import STALE_SECONDS
from camlode.sql.schema import Base
from camlode.sql.views import VIEWS
from tests.docs.conftest import DOCS, blocks
from tests.test_imports import ALLOWED, is_within, module_name, running_imports

if TYPE_CHECKING:
    from pathlib import Path

ROOT = DOCS.parent
PAGE = (DOCS / "design.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([a-z_]+/[\w/.]*)`", PAGE)))
LAYERS, TABLES = blocks(PAGE, "mermaid")


def iter_sources(module: str) -> list[Path]:
    """All sources of a layer."""
    path = ROOT / module.replace(".", "/")
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def read_arrows() -> list[tuple[str, str]]:
    """The imports that the page draws, as pairs of modules."""
    names = dict(re.findall(r'(\w+)\["([\w.]+)"\]', LAYERS))
    return [(names[one], names[other]) for one, other in re.findall(r"(\w+)(?:\[.*?\])? --> (\w+)", LAYERS)]


def test_it_is_short_and_names_files() -> None:
    assert PAGE.count("\n") <= 150
    assert len(NAMED) > 25


@pytest.mark.parametrize("name", NAMED)
def test_what_it_names_is_there(name: str) -> None:
    path = ROOT / name
    assert path.is_dir() if name.endswith("/") else path.is_file()


@pytest.mark.parametrize(("one", "other"), read_arrows())
def test_a_layer_imports_what_the_arrow_says(one: str, other: str) -> None:
    imported = {name for path in iter_sources(one) for name in running_imports(path)}
    assert any(is_within(name, other) for name in imported)


def test_no_arrow_leads_upwards() -> None:
    drawn = set(read_arrows())
    assert len(drawn) > 15
    above = {
        layer: {one for one, other in drawn if other == layer} for layer in {name for pair in drawn for name in pair}
    }
    while free := [layer for layer, users in above.items() if not users]:
        above = {layer: users - {*free} for layer, users in above.items() if layer not in free}
    assert not above


def test_the_layers_that_it_draws_are_those_that_are_held() -> None:
    packages = {module_name(ROOT / "rules" / "__init__.py"), *ALLOWED}
    assert {name for pair in read_arrows() for name in pair} <= packages | {"camlode.pipeline.commands"}


def test_its_tables_and_views_are_the_store_s() -> None:
    named = re.findall(r"^  (\w+) \|\|--o\{ (\w+)", TABLES, re.MULTILINE)
    assert {name for pair in named for name in pair} == {*Base.metadata.tables}
    keys = {
        (key.column.table.name, table.name) for table in Base.metadata.tables.values() for key in table.foreign_keys
    }
    assert set(named) == keys - {("labels", "examples"), ("fragments", "examples")}
    views = re.search(r"The views (.*?) are the contract", PAGE, re.DOTALL)
    assert views is not None
    assert re.findall(r"`(\w+)`", views[1]) == [*VIEWS]


def test_its_numbers_are_those_of_the_code() -> None:
    assert IMPORTANCE_UNIT == 2.0**-20
    assert "whole numbers of 2⁻²⁰ logits" in PAGE
    assert f"silent for {STALE_SECONDS:g} seconds" in PAGE
    assert f"in {BOOSTING_ROUNDS} rounds" in PAGE
    assert (_HOLD_OUT_EVERY, "every fifth text" in PAGE) == (5, True)
