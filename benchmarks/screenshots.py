"""Pictures of the explorer, a report and explanations, to be looked at: light, dark, and as narrow as a telephone.

    python -m benchmarks.screenshots [STORE] [--job JOB.yaml] [--folder bench/screenshots] [--docs docs/pictures]

Takes the demo's store, and reviews some of its patterns in a copy. Needs Chromium (apt-get install chromium).
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.explorer_server import CHROMIUM, RunningExplorer, run_explorer
from benchmarks.surface_pictures import SIZES, TEXTS, capture_explanations, capture_report, explain_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.sql import PatternStore

DOCS_PICTURES = {"report": "report-desktop", "explorer": "patterns-desktop", "explanation": "explanation"}
"""The pictures of the documents, and what they are called among all."""


def page_paths(store: PatternStore) -> dict[str, str]:
    """The pages by the name of their picture."""
    from camlode.explorer.query import address

    first = store.rows("labels")[0]["label"]
    pattern = store.rows("patterns", label=first, top=1)[0]["fragment"]
    return {
        "labels": "/",
        "patterns": address("/patterns", label=first),
        "search": address("/search", q=pattern[:1]),
        "pattern": address("/pattern", label=first, fragment=pattern),
        "compare": "/compare",
        "audit": "/audit",
        "reviews": "/reviews",
        "rules": "/rules",
        "api": "/api",
        "sign-in": "/sign-in",
    }


def review_some(store: PatternStore) -> None:
    """Lets the pictures show reviews."""
    for row in store.rows("patterns", top=4):
        store.review(row["fragment"], row["label"], "accepted", note="a word of the trade", author="mina")
    for row in store.rows("patterns", top=1, offset=4):
        store.review(row["fragment"], row["label"], "spurious", note="says how, not what", author="mina")


@contextmanager
def open_browser() -> Iterator[Any]:
    """The system's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def capture_explorer(chromium: Any, folder: Path, explorer: RunningExplorer, pages: dict[str, str], live: bool) -> None:
    """Takes all pages of the explorer in all sizes; `live`: a text that is explained as it is typed, too."""
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


def main() -> None:
    """Takes the pictures."""
    from camlode.sql import PatternStore

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", nargs="?", type=Path, default=Path("demo/patterns.db"))
    parser.add_argument("--job", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("bench/screenshots"))
    parser.add_argument("--docs", type=Path, help="where to put those of the documents, too; takes --job")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, open_browser() as chromium:
        copy = shutil.copy(arguments.store, Path(place) / "patterns.db")
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
    print(f"pictures are in {arguments.folder}")


if __name__ == "__main__":
    main()
