"""Links from one document to another lead somewhere: to a file of the repository, and to a heading that is in it."""

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
    """A page without its code, in which `](` is no link; of a notebook, what is written between the cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells)
    return FENCE.sub("", text)


def links(path: Path) -> list[str]:
    """The links of a page to other files, or to places in them."""
    found = LINK.findall(re.sub(r"`[^`\n]*`(?!\])", "", prose(path)))
    return [each for each in found if not re.match(r"[a-z]+:", each)]


@cache
def anchors(path: Path) -> frozenset[str]:
    """What can stand behind # for a page: its headings in lower case, without punctuation, - for a space."""
    headings = re.findall(r"^#+ +(.*?) *#*$", prose(path), re.MULTILINE)
    names = [re.sub(r"[^\w\- ]", "", re.sub(r"\[(.*?)\]\(.*?\)", r"\1", each).lower()) for each in headings]
    return frozenset(name.replace(" ", "-") for name in names)


def is_broken(page: Path, link: str) -> str:
    """What is wrong with a link; nothing where it leads somewhere."""
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists():
        return f"{link}: there is no {name}"
    if not target.is_relative_to(ROOT):
        return f"{link}: it lies outside the repository"
    return f"{link}: {target.name} has no such heading" if anchor and anchor not in anchors(target) else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert not [wrong for link in links(page) if (wrong := is_broken(page, link))]


def test_links_are_found() -> None:
    assert "docs/rules.md" in links(ROOT / "README.md")
    assert "store.md#rule_set_summary" in links(DOCS / "rules.md")


def test_a_link_that_leads_nowhere_is_told() -> None:
    page = DOCS / "rules.md"
    assert is_broken(page, "none.md") == "none.md: there is no none.md"
    assert is_broken(page, "rules.md#none") == "rules.md#none: rules.md has no such heading"
    assert is_broken(page, "../../other") == "../../other: there is no ../../other"
    assert not is_broken(page, "#how-rules-are-chosen")
