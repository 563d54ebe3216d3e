"""Links between documents point to existing files and headings."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.docs.conftest import DOCS

if TYPE_CHECKING:
    from pathlib import Path

ROOT = DOCS.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.glob("*.md")), *sorted(DOCS.glob("*.ipynb"))]
FENCE = re.compile(r"^( *)(```+).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(<?([^()\s>]+(?:\([^()\s]*\))?)>?(?: \"[^\"]*\")?\)")


@cache
def prose(path: Path) -> str:
    """A page without its code blocks; of a notebook, the Markdown cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells)
    return FENCE.sub("", text)


def links(path: Path) -> list[str]:
    """The links of a page to files and headings."""
    found = LINK.findall(re.sub(r"`[^`\n]*`(?!\])", "", prose(path)))
    return [each for each in found if not re.match(r"[a-z]+:", each)]


@cache
def anchors(path: Path) -> frozenset[str]:
    """The anchors of a page: its headings in lower case, without punctuation, with - for spaces."""
    headings = re.findall(r"^#+ +(.*?) *#*$", prose(path), re.MULTILINE)
    names = [re.sub(r"[^\w\- ]", "", re.sub(r"\[(.*?)\]\(.*?\)", r"\1", each).lower()) for each in headings]
    return frozenset(name.replace(" ", "-") for name in names)


def describe_error(page: Path, link: str) -> str:
    """What is wrong with a link, or an empty string."""
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists():
        return f"{link}: there is no {name}"
    if not target.is_relative_to(ROOT):
        return f"{link}: it lies outside the repository"
    return f"{link}: {target.name} has no such heading" if anchor and anchor not in anchors(target) else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_are_valid(page: Path) -> None:
    assert not [wrong for link in links(page) if (wrong := describe_error(page, link))]


def test_links_are_found() -> None:
    assert "docs/rules.md" in links(ROOT / "README.md")
    assert "store.md#rule_set_summary" in links(DOCS / "rules.md")


def test_a_broken_link_is_described() -> None:
    page = DOCS / "rules.md"
    assert describe_error(page, "none.md") == "none.md: there is no none.md"
    assert describe_error(page, "rules.md#none") == "rules.md#none: rules.md has no such heading"
    assert describe_error(page, "../../other") == "../../other: there is no ../../other"
    assert not describe_error(page, "#how-rules-are-chosen")
