"""Pictures of a report, and of explanations as a page, on a terminal and as the picture that they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from camlode.pipeline.explanations.explanation import Explanation
    from camlode.sql import PatternStore

SIZES = {"desktop": (1280, 900, "light"), "dark": (1280, 900, "dark"), "narrow": (400, 850, "light")}
TEXTS = (
    "孩子发烧三天了还咳嗽，要不要去医院看看",
    "周末想去海边玩，订哪家酒店好",
    "想买一台笔记本电脑，预算五千，顺便问问电脑店旁边有没有火锅",
)
SECTIONS = ("summary", "patterns", "shared", "audit", "difference")


def explain_texts(job: Path) -> list[Explanation]:
    """TEXTS as the job's model sees them."""
    from camlode import explain
    from camlode.config import load_job

    return explain(load_job(job), TEXTS)


def capture_report(chromium: Any, folder: Path, store: PatternStore) -> None:
    """Takes each section of the report of the store's current run."""
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
    """Takes the explanations as a page and on a terminal, and draws them as a picture."""
    from camlode.pipeline.explanations.documents import render_explanations_page
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
    """The explanations as a dark terminal of 100 columns shows them, in HTML."""
    from io import StringIO

    from rich.console import Console
    from rich.terminal_theme import MONOKAI

    from camlode.pipeline.explanations.terminal import print_explanations

    console = Console(
        file=StringIO(), width=100, force_terminal=True, color_system="truecolor", record=True, highlight=False
    )
    print_explanations(explanations, console)
    return console.export_html(theme=MONOKAI)
