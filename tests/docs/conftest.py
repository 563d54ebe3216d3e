"""A folder as the documents speak of: job.yaml, a model of headlines, its corpus, and a store that was mined."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

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
"""


def headlines() -> list[dict[str, str]]:
    """Two hundred: a word or two of one label among plain ones; every tenth has a word of the other too."""
    found = []
    for number in range(200):
        label, other = (("finance", "sports"), ("sports", "finance"))[number % 2]
        first = number // 2 % 4
        said = " ".join(WORDS[label][first : first + 1 + number % 3 % 2])
        extra = WORDS[other][number % 4] if number % 10 == 0 else PLAIN[number % 5]
        title = f"{PLAIN[number % 8]} {said} {PLAIN[(number + 3) % 8]} {extra} {said}"
        found.append({"id": f"h{number}", "title": title, "label": label})
    return found


def write_model(folder: Path) -> None:
    """A model set by hand: a filter for each label answers to its words, the more the more of them."""
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


def run_in(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """A line of a document as its reader types it, with camlode and python to be found."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


def blocks(page: str, language: str) -> list[str]:
    """What stands in the page's fences of a language."""
    return [re.sub(r"^ {3}", "", each, flags=re.M) for each in re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)]


def commands(page: str) -> list[str]:
    """The commands of a page, without what is said of them."""
    lines = "\n".join(blocks(page, "sh")).replace("\\\n", " ").splitlines()
    return [command for line in lines if (command := re.sub(r"\s+#.*", "", line).strip()) and command[0] != "#"]


@pytest.fixture(scope="session")
def mined_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, mined."""
    folder = tmp_path_factory.mktemp("headlines")
    write_model(folder)
    (folder / "headlines").mkdir()
    pq.write_table(pa.Table.from_pylist(headlines()), folder / "headlines" / "0.parquet")
    (folder / "job.yaml").write_text(JOB, encoding="utf-8")
    answer = run_in(folder, "camlode mine job.yaml")
    assert answer.returncode == 0, answer.stderr
    return folder


@pytest.fixture
def folder(mined_once: Path, tmp_path: Path) -> Path:
    """A copy of the folder, to do with as the test likes."""
    return Path(shutil.copytree(mined_once, tmp_path / "work"))


@pytest.fixture
def run(folder: Path) -> Callable[[str], str]:
    """Runs a line there; it must succeed. Gives what it printed."""

    def run(line: str) -> str:
        answer = run_in(folder, line)
        assert answer.returncode == 0, f"{line}\n{answer.stdout}\n{answer.stderr}"
        return answer.stdout

    return run
