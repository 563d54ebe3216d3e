"""A folder as the documents describe it: job.yaml, a model of headlines, its corpus and a mined store.

Commands and Python of the pages run in this process, where Ray and TensorFlow start once.
"""

from __future__ import annotations

import io
import re
import runpy
import shlex
import shutil
import sqlite3  # noqa: F401 - TensorFlow brings a SQLite without FTS5, which _sqlite3 would bind to if loaded later
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from camlode.pipeline.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).parents[2] / "docs"
WORDS = {"finance": ("shares", "profit", "record", "bank"), "sports": ("match", "team", "goal", "coach")}
PLAIN = ("the", "after", "fell", "a", "new", "with", "said", "week")
LENGTH = 8
JOB = """\
corpus:
  paths: headlines/*.parquet
  text: title
  id: id
  label: label
model:
  path: model.keras
  labels: labels.txt
  task: multiclass
tokenizer:
  name: word
  vocabulary: vocabulary.txt
patterns:
  min_documents: 2
store:
  url: patterns.db
run:
  workers: 1
  gpus_per_worker: 0
"""


class Result(NamedTuple):
    """Exit code and output of a command."""

    code: int
    stdout: str
    stderr: str


def headlines() -> list[dict[str, str]]:
    """200 headlines with one or two words of one label; every tenth also has a word of the other label."""
    rows = []
    for number in range(200):
        label, other = (("finance", "sports"), ("sports", "finance"))[number % 2]
        first = number // 2 % 4
        words = " ".join(WORDS[label][first : first + 1 + number % 3 % 2])
        extra = WORDS[other][number % 4] if number % 10 == 0 else PLAIN[number % 5]
        title = f"{PLAIN[number % 8]} {words} {PLAIN[(number + 3) % 8]} {extra} {words}"
        rows.append({"id": f"h{number}", "title": title, "label": label})
    return rows


def write_headlines(folder: Path, count: int) -> None:
    """Write the first headlines as a corpus into a new folder."""
    folder.mkdir()
    pq.write_table(pa.Table.from_pylist(headlines()[:count]), folder / "0.parquet")


def write_model(folder: Path) -> None:
    """Write a model with weights set by hand: one filter per label counts the words of the label."""
    from camlode.pipeline.models.runtime import start_tensorflow

    start_tensorflow()
    import keras
    import numpy as np

    tokens = ["<PAD>", "<UNK>", *PLAIN, *(word for words in WORDS.values() for word in words)]
    ids = keras.Input((LENGTH,), dtype="int32")
    embedded = keras.layers.Embedding(len(tokens), len(tokens), name="embedding")(ids)
    convolved = keras.layers.Conv1D(2, 1, activation="relu", name="conv")(embedded)
    pooled = keras.layers.GlobalAveragePooling1D()(convolved)
    model = keras.Model(ids, keras.layers.Dense(2, activation="softmax", name="labels")(pooled))
    kernel = np.array([[float(token in words) for words in WORDS.values()] for token in tokens])
    model.get_layer("embedding").set_weights([np.eye(len(tokens))])
    model.get_layer("conv").set_weights([kernel[None], np.zeros(2)])
    model.get_layer("labels").set_weights([np.eye(2) * 16, np.zeros(2)])
    model.save(folder / "model.keras")
    (folder / "vocabulary.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    (folder / "labels.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")


def run_in(folder: Path, line: str) -> Result:
    """Run a line of a page in `folder`: camlode and python in this process, commands that feed a pipe in a shell."""
    stdout, stderr = "", ""
    for step in line.split(" && "):
        before, _, last = step.rpartition(" | ")
        command, _, target = last.partition(" > ")
        feed = (
            subprocess.run(before, shell=True, cwd=folder, stdout=subprocess.PIPE, check=True).stdout if before else b""
        )
        code, output, errors = _run_here(folder, shlex.split(command), feed)
        if target:
            (folder / target.strip()).write_text(output, encoding="utf-8")
        else:
            stdout += output
        stderr += errors
        if code:
            break
    return Result(code, stdout, stderr)


def _run_here(folder: Path, words: list[str], feed: bytes) -> Result:
    stdin, stdout, stderr = (io.TextIOWrapper(io.BytesIO(data), encoding="utf-8") for data in (feed, b"", b""))
    program, *arguments = words
    code: object = 0
    with (
        chdir(folder),
        mock.patch.object(sys, "stdin", stdin),
        mock.patch.object(sys, "argv", arguments if program == "python" else words),
        redirect_stdout(stdout),
        redirect_stderr(stderr),
    ):
        try:
            if program == "python":
                runpy.run_path(arguments[0], run_name="__main__")
            else:
                assert program == "camlode", words
                main()
        except SystemExit as end:
            code = end.code or 0
    texts = []
    for stream in (stdout, stderr):
        stream.flush()
        stream.seek(0)
        texts.append(stream.read())
    assert isinstance(code, int)
    return Result(code, *texts)


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a language in a page."""
    return [re.sub(r"^ {3}", "", each, flags=re.M) for each in re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)]


def commands(page: str) -> list[str]:
    """The commands of a page, without their comments."""
    lines = "\n".join(blocks(page, "sh")).replace("\\\n", " ").splitlines()
    return [command for line in lines if (command := re.sub(r"\s+#.*", "", line).strip()) and command[0] != "#"]


@pytest.fixture(scope="session")
def mined_once(ray_with_gpus: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, mined."""
    folder = tmp_path_factory.mktemp("headlines")
    write_model(folder)
    write_headlines(folder / "headlines", 200)
    (folder / "job.yaml").write_text(JOB, encoding="utf-8")
    result = run_in(folder, "camlode mine job.yaml")
    assert result.code == 0, result.stderr
    return folder


@pytest.fixture
def folder(mined_once: Path, tmp_path: Path) -> Path:
    """A copy of the folder that the test may change."""
    return Path(shutil.copytree(mined_once, tmp_path / "work"))


@pytest.fixture
def run(folder: Path) -> Callable[[str], str]:
    """Runs a line in the folder, which must succeed; returns its output."""

    def run(line: str) -> str:
        result = run_in(folder, line)
        assert result.code == 0, f"{line}\n{result.stdout}\n{result.stderr}"
        return result.stdout

    return run
