"""Screenshots of the explorer, a report and explanations: light, dark, and at the width of a telephone.

    python -m benchmarks.screenshots [STORE] [--job JOB.yaml] [--folder bench/screenshots] [--docs docs/pictures]

Uses a copy of the demo's store in which some patterns are reviewed. Needs Chromium and a system font
with Chinese characters (apt-get install chromium fonts-noto-cjk).
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.explorer import RunningExplorer, run_explorer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from camlode.pipeline.explanations.explanation import Explanation
    from camlode.sql import PatternStore

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "chromium")
DOCS_PICTURES = {"report": "report-desktop", "explorer": "patterns-desktop", "explanation": "explanation"}
"""Pictures in the documents, with the names of their screenshots."""


def page_paths(store: PatternStore) -> dict[str, str]:
    """Paths of the pages by the name of their screenshot."""
    from camlode.explorer.query import build_url

    row = store.rows("patterns", top=1)[0]
    first, pattern = row["label"], row["fragment"]
    return {
        "labels": "/",
        "patterns": build_url("/patterns", label=first),
        "search": build_url("/search", q=pattern[:1]),
        "pattern": build_url("/pattern", label=first, fragment=pattern),
        "compare": "/compare",
        "audit": "/audit",
        "reviews": "/reviews",
        "rules": "/rules",
        "api": "/api",
        "sign-in": "/sign-in",
    }


def review_some(store: PatternStore) -> None:
    """Add reviews that the screenshots show."""
    for row in store.rows("patterns", top=4):
        store.review(row["fragment"], row["label"], "accepted", note="a word of the trade", author="mina")
    for row in store.rows("patterns", top=1, offset=4):
        store.review(row["fragment"], row["label"], "spurious", note="says how, not what", author="mina")


@contextmanager
def open_browser() -> Iterator[Any]:
    """Open the system's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def capture_explorer(chromium: Any, folder: Path, explorer: RunningExplorer, pages: dict[str, str], live: bool) -> None:
    """Capture all pages of the explorer in all sizes; `live`: the page that explains a typed text, too."""
    for name, (width, height, scheme) in SIZES.items():
        page = chromium.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.goto(f"{explorer.address}/sign-in?token={explorer.token}")
        for title, path in pages.items():
            page.goto(explorer.address + path)
            page.screenshot(path=folder / f"{title}-{name}.png")
        if live:
            page.goto(f"{explorer.address}/explain")
            page.fill("textarea", TEXTS[0])
            page.click("button.main")
            page.wait_for_selector(".heat")
            page.screenshot(path=folder / f"explain-{name}.png")
        page.close()


SIZES = {"desktop": (1280, 900, "light"), "dark": (1280, 900, "dark"), "narrow": (400, 850, "light")}
TEXTS = (
    "孩子发烧三天了还咳嗽，要不要去医院看看",
    "周末想去海边玩，订哪家酒店好",
    "想买一台笔记本电脑，预算五千，顺便问问电脑店旁边有没有火锅",
)
SECTIONS = ("summary", "patterns", "shared", "audit", "difference")


def explain_texts(job: Path) -> list[Explanation]:
    """Explain TEXTS with the job's model."""
    from camlode import explain
    from camlode.config import load_job

    return explain(load_job(job), TEXTS)


def capture_report(chromium: Any, folder: Path, store: PatternStore) -> None:
    """Capture each section of the report on the store's current run."""
    from camlode.pipeline.report.collect import collect_report
    from camlode.pipeline.report.html import render_report_html

    (folder / "report.html").write_text(render_report_html(collect_report(store)), encoding="utf-8")
    for name, (width, height, scheme) in SIZES.items():
        page = chromium.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.goto((folder / "report.html").absolute().as_uri())
        page.screenshot(path=folder / f"report-{name}.png")
        for section in SECTIONS:
            page.evaluate("name => document.getElementById(name).scrollIntoView()", section)
            page.screenshot(path=folder / f"report-{section}-{name}.png")
        page.close()


def capture_explanations(chromium: Any, folder: Path, explanations: Sequence[Explanation]) -> None:
    """Capture the explanations as a page and as a terminal, and render their PNG."""
    from camlode.pipeline.explanations.html import render_explanations_page
    from camlode.pipeline.explanations.png import render_explanation_png

    (folder / "explanations.html").write_text(render_explanations_page(explanations), encoding="utf-8")
    (folder / "explanation.png").write_bytes(render_explanation_png(explanations))
    (folder / "terminal.html").write_text(render_terminal(explanations), encoding="utf-8")
    for name, (width, height, scheme) in SIZES.items():
        page = chromium.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.goto((folder / "explanations.html").absolute().as_uri())
        page.screenshot(path=folder / f"explanations-{name}.png")
        page.close()
    page = chromium.new_page(viewport={"width": 900, "height": 560})
    page.goto((folder / "terminal.html").absolute().as_uri())
    page.screenshot(path=folder / "terminal.png")
    page.close()


def render_terminal(explanations: Sequence[Explanation]) -> str:
    """Render the explanations as HTML of a dark terminal with 100 columns."""
    from io import StringIO

    from rich.console import Console
    from rich.terminal_theme import MONOKAI

    from camlode.pipeline.explanations.terminal import print_explanations

    console = Console(
        file=StringIO(), width=100, force_terminal=True, color_system="truecolor", record=True, highlight=False
    )
    print_explanations(explanations, console)
    return console.export_html(theme=MONOKAI)


def main() -> None:
    """Capture everything."""
    from camlode.sql import PatternStore

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", nargs="?", type=Path, default=Path("demo/patterns.db"))
    parser.add_argument("--job", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("bench/screenshots"))
    parser.add_argument("--docs", type=Path, help="also copy the pictures of the documents there; needs --job")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, open_browser() as chromium:
        copy = shutil.copy(arguments.store, Path(folder) / "patterns.db")
        store = PatternStore(copy)
        review_some(store)
        capture_report(chromium, arguments.folder, store)
        if arguments.job is not None:
            capture_explanations(chromium, arguments.folder, explain_texts(arguments.job))
        with run_explorer(str(copy), arguments.job) as explorer:
            capture_explorer(chromium, arguments.folder, explorer, page_paths(store), arguments.job is not None)
    if arguments.docs is not None:
        for name, found in DOCS_PICTURES.items():
            shutil.copy(arguments.folder / f"{found}.png", arguments.docs / f"{name}.png")
    print(f"screenshots are in {arguments.folder}")


if __name__ == "__main__":
    main()
