"""The setting of the benchmarks: texts generated from the demo's questions, and a TextCNN trained on them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from benchmarks.thucnews import build_model
from camlode.config import parse_job
from camlode.pipeline.demo.corpus import generate_documents
from camlode.pipeline.demo.lexicon import LEXICON

if TYPE_CHECKING:
    from camlode.config import Job

FOLDER = Path("bench")


@dataclass(frozen=True)
class Setting:
    """A model for `length` tokens, `texts` of up to that length, and their padded ids."""

    name: str
    length: int
    model: Any
    texts: list[str]
    ids: Any
    job: Job


def make_setting(length: int, documents: int, backend: Literal["tensorflow", "jax"] = "tensorflow") -> Setting:
    """Generate texts of up to `length` characters and train a model on some of them, in a new folder.

    `backend`: the Keras backend of this process. On JAX the model is compiled.
    """
    from camlode.pipeline.demo.train import build_vocabulary, encode, save

    folder = FOLDER / f"up-to-{length}"
    folder.mkdir(parents=True, exist_ok=True)
    texts, labels = _make_texts(length, documents)
    vocabulary, names = build_vocabulary(texts), list(LEXICON)
    model = build_model(len(vocabulary), len(names), length)
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=backend == "jax")
    ids = encode(texts, vocabulary, length)
    targets = np.array([names.index(label) for label in labels])
    model.fit(ids[:8000], targets[:8000], batch_size=64, epochs=1, verbose=0)
    save(folder, model, vocabulary, names)
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            file.write(json.dumps({"id": str(number), "text": text}, ensure_ascii=False) + "\n")
    job = parse_job(
        {
            "corpus": {"paths": "corpus.jsonl", "id": "id"},
            "model": {"path": "model.keras", "labels": "labels.txt", "backend": backend},
            "tokenizer": {"vocabulary": "vocabulary.txt"},
        },
        folder,
    )
    return Setting(f"up to {length} tokens", length, model, texts, ids, job)


def _make_texts(length: int, documents: int) -> tuple[list[str], list[str]]:
    """Texts of one or several questions, truncated to random lengths from `length` / 3 to `length`."""
    sizes = np.random.default_rng(1).integers(length // 3, length + 1, documents)
    questions = generate_documents(documents * (1 + length // 12), seed=7)
    texts, labels = [], []
    for size in sizes:
        first = next(questions)
        text = first.text
        while len(text) < size:
            text += next(questions).text
        texts.append(text[:size])
        labels.append(first.labels[0])
    return texts, labels
