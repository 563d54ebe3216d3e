"""The demo: generate a corpus, train a model, mine it, and print the patterns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from camlode.config import load_job
from camlode.config.errors import CamlodeError
from camlode.pipeline.demo.corpus import generate_documents, write_corpus
from camlode.pipeline.demo.lexicon import LEXICON
from camlode.pipeline.explanations.terminal import print_explanation
from camlode.pipeline.runs.progress import MineProgress
from camlode.pipeline.runs.summary import report_lines
from camlode.sql import PatternStore

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from camlode.config import Job

SEED = 2024
TRAINING_DOCUMENTS = 12_000
EXAMPLE_TEXT = "孩子发烧三天了还咳嗽，要不要去医院看看"
_JOB_YAML = """\
# The demo's job: which words make the model say each label?
corpus:
  paths: corpus/*.jsonl
  id: id
  label: labels
model:
  path: model.keras
  labels: labels.txt
  task: multilabel
tokenizer:
  name: char
  vocabulary: vocabulary.txt
store:
  url: patterns.db
"""


def run_demo(folder: Path, documents: int, console: Console, progress_console: Console | None = None) -> None:
    """Write everything to `folder`, mine it into `patterns.db` there, and print the results.

    Args:
        folder: a new or empty folder, or that of an earlier demo.
        documents: the number of questions to generate.
        console: where to print the results.
        progress_console: where to print what is being done; by default `console`.

    Raises:
        CamlodeError: `folder` contains something else, or cannot be written.
    """
    progress_console = progress_console or console
    _prepare(folder)
    progress_console.print(f"writing {documents:,} questions to {folder}/corpus", markup=False)
    write_corpus(folder / "corpus", documents, SEED)
    progress_console.print("training a model on them (about 20 seconds)")
    _train(folder, documents)
    job = load_job(folder / "job.yaml")
    _mine(job, console, progress_console)
    _show_patterns(job, console)
    _show_explanation(job, console)
    _show_next(folder, progress_console)


def precision_at_ten(store: PatternStore) -> dict[str, float]:
    """Return the share of each label's first ten patterns that are words of its lexicon."""
    found: dict[str, list[str]] = {label: [] for label in LEXICON}
    for row in store.rows("patterns", top=10):
        found[row["label"]].append(row["fragment"])
    return {label: sum(word in LEXICON[label] for word in words) / 10 for label, words in found.items()}


def _prepare(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CamlodeError(f"{folder} is a file: give a folder for the demo")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "job.yaml").exists():
        raise CamlodeError(f"{folder} contains something else: give an empty or a new folder for the demo")
    try:
        (folder / "corpus").mkdir(parents=True, exist_ok=True)
        (folder / "job.yaml").write_text(_JOB_YAML, encoding="utf-8")
    except OSError as error:
        raise CamlodeError(f"{folder}: the demo cannot be written there: {error.strerror}") from error


def _train(folder: Path, documents: int) -> None:
    from camlode.pipeline.models.runtime import start_tensorflow

    start_tensorflow(seed=SEED)
    from camlode.pipeline.demo.train import save, train

    questions = list(generate_documents(min(documents, TRAINING_DOCUMENTS), SEED))
    model, vocabulary = train(
        [each.text for each in questions],
        [each.labels for each in questions],
        list(LEXICON),
        seed=SEED,
    )
    save(folder, model, vocabulary, list(LEXICON))


def _mine(job: Job, console: Console, progress_console: Console) -> None:
    from camlode.pipeline.mining import mine

    with MineProgress(progress_console) as progress:
        report = mine(job, progress=progress)
    for line in report_lines(report):
        console.print(line, markup=False)


def _show_patterns(job: Job, console: Console) -> None:
    store = PatternStore(job.store.url)
    table = Table("label", "its fragments, by cumulative importance", box=None, header_style="bold")
    words: dict[str, list[str]] = {}
    for row in store.rows("patterns", top=10):
        words.setdefault(row["label"], []).append(row["fragment"])
    for label, found in words.items():
        table.add_row(label, escape(" ".join(found)))
    console.print(table)
    precision = precision_at_ten(store)
    mean = sum(precision.values()) / len(precision)
    console.print(
        f"precision@10 against the words that the questions were generated from: {mean:.2f} on average, "
        f"{min(precision.values()):.2f} at least"
    )


def _show_explanation(job: Job, console: Console) -> None:
    from camlode.pipeline.explanations.explain import explain

    console.print()
    print_explanation(explain(job, [EXAMPLE_TEXT])[0], console)


def _show_next(folder: Path, console: Console) -> None:
    console.print("\nnow try:")
    for command in (
        f"camlode query {folder}/patterns.db --label 数码",
        f"camlode explain {folder}/job.yaml {json.dumps('周末想去海边玩，订哪家酒店好', ensure_ascii=False)}",
        f"camlode report {folder}/patterns.db -o report.html",
        f"camlode serve {folder}/patterns.db --job {folder}/job.yaml",
        f"camlode mine {folder}/job.yaml --set fragments.max_units=1",
    ):
        console.print(f"  {command}", markup=False, highlight=False, soft_wrap=True)
