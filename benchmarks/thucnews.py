"""Train a character TextCNN on labelled headlines, and mine them.

    python -m benchmarks.thucnews TRAIN.parquet TEST.parquet [--folder bench/thucnews]

The files have the columns id, text and label. Embedding of 128, parallel convolutions of 2, 3 and 4 characters with
128 filters each, global max pooling, dropout.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from camlode.config import Job, parse_job
from camlode.pipeline.models.runtime import start_tensorflow

LENGTH = 32


def train(train_file: Path, test_file: Path, folder: Path, seed: int = 1) -> float:
    """Train and save the model, its vocabulary and its labels; return the accuracy on the test file."""
    start_tensorflow(seed=seed)
    import keras
    import numpy as np

    from camlode.pipeline.demo.train import build_vocabulary, encode, save

    rows, held_out = pd.read_parquet(train_file), pd.read_parquet(test_file)
    labels = sorted(rows["label"].unique())
    vocabulary = build_vocabulary(rows["text"])
    model = build_model(len(vocabulary), len(labels))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    numbers = {label: number for number, label in enumerate(labels)}
    targets = np.array([numbers[label] for label in rows["label"]])
    model.fit(encode(rows["text"], vocabulary, LENGTH), targets, batch_size=64, epochs=4, verbose=0)
    expected = np.array([numbers[label] for label in held_out["label"]])
    _, accuracy = model.evaluate(encode(held_out["text"], vocabulary, LENGTH), expected, verbose=0)
    folder.mkdir(parents=True, exist_ok=True)
    save(folder, model, vocabulary, labels)
    keras.backend.clear_session()
    return float(accuracy)


def build_model(vocabulary: int, labels: int, length: int = LENGTH):  # type: ignore[no-untyped-def]
    """An untrained TextCNN: ids [batch, length] -> probabilities [batch, labels]."""
    from keras import Input, Model, layers

    ids = Input((length,), dtype="int32")
    embedded = layers.Embedding(vocabulary, 128)(ids)
    branches = [layers.Conv1D(128, size, activation="relu", name=f"conv_{size}")(embedded) for size in (2, 3, 4)]
    joined = layers.Concatenate()([layers.GlobalMaxPooling1D()(branch) for branch in branches])
    return Model(ids, layers.Dense(labels, activation="softmax")(layers.Dropout(0.5)(joined)))


def make_headline_job(corpus: Path, folder: Path) -> Job:
    """The job that mines `corpus` with the model in `folder`."""
    return parse_job(
        {
            "corpus": {"paths": str(corpus.absolute()), "id": "id", "label": "label"},
            "model": {"path": "model.keras", "labels": "labels.txt"},
            "tokenizer": {"vocabulary": "vocabulary.txt"},
        },
        folder,
    )


def main() -> None:
    """Train, mine, and print the first ten patterns of each label."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train_file", type=Path)
    parser.add_argument("test_file", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("bench/thucnews"))
    arguments = parser.parse_args()
    print(f"accuracy on the test file: {train(arguments.train_file, arguments.test_file, arguments.folder):.3f}")

    from camlode import mine
    from camlode.pipeline.runs.summary import report_lines
    from camlode.sql import PatternStore

    job = make_headline_job(arguments.train_file, arguments.folder)
    for line in report_lines(mine(job)):
        print(line)
    ranking = PatternStore(job.store.url).patterns(top=10)
    for label, patterns in ranking.groupby("label", sort=False):
        print(label, " ".join(patterns["fragment"]))


if __name__ == "__main__":
    main()
