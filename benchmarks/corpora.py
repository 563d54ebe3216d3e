"""Classifiers of public corpora: train one on each, and write a job that explains it on held-out texts.

    python -m benchmarks.corpora FOLDER_OF_PARQUET [--only NAME]

The folder holds NAME-train.parquet and NAME-test.parquet with the columns id, text and label. Each corpus gets
bench/NAME/ with model.keras, vocabulary.txt, labels.txt and job.yaml; an existing model is not trained again.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import yaml

from benchmarks import thucnews
from camlode.config import load_job, read_labels, resolve_thresholds
from camlode.pipeline.demo.train import PADDING, UNKNOWN
from camlode.pipeline.models.runtime import start_tensorflow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from camlode.config import Job
    from camlode.pipeline.tokenizers import Tokenizer

    Matrix = npt.NDArray[np.bool_]

FOLDER = Path("bench")


def prepare(corpus: BenchmarkCorpus, data: Path) -> str:
    """Write the folder of the corpus, train its model if there is none; return sizes and scores as table cells."""
    folder = FOLDER / corpus.name
    folder.mkdir(parents=True, exist_ok=True)
    # Seeded again for each corpus, so that a model does not depend on those trained before.
    start_tensorflow(seed=1)
    parts = read_split(corpus, data, folder)
    training_rows, tuning = split_rows(parts.training, 10) if corpus.separator else (parts.training, parts.training[:0])
    if not (folder / "model.keras").exists():
        train(corpus, training_rows, data, folder)
    job = write_job(corpus, parts.test_file, folder)
    if corpus.separator:
        threshold = best_threshold(*predict(job, tuning))
        job = write_job(corpus, parts.test_file, folder, threshold)
    summary = ", ".join(f"{name} {value}" for name, value in compute_scores(job, parts.test).items())
    return f"{len(training_rows):,} | {len(parts.test):,} | {summary}"


def train(corpus: BenchmarkCorpus, rows: pd.DataFrame, data: Path, folder: Path, seed: int = 1) -> None:
    """Train a model and save it with its vocabulary and labels."""
    from camlode.pipeline.demo.train import save

    if corpus.tokenizer == "char":
        thucnews.train(data / f"{corpus.name}-train.parquet", data / f"{corpus.name}-test.parquet", folder, seed)
        return
    names = sorted({name for label in rows["label"] for name in split_labels(label, corpus.separator)})
    trained = train_text_cnn(
        rows["text"].tolist(),
        encode_targets(rows["label"], names, corpus.separator),
        length=corpus.length,
        epochs=corpus.epochs,
        multilabel=corpus.separator is not None,
    )
    save(folder, trained.model, trained.vocabulary, names)


def write_job(corpus: BenchmarkCorpus, test_file: Path, folder: Path, threshold: float | None = None) -> Job:
    """Write job.yaml, which mines `test_file` with the model in `folder`, and return it as a job."""
    values: dict[str, dict[str, Any]] = {
        "corpus": {"paths": str(test_file), "id": "id", "label": "label"},
        "model": {"path": "model.keras", "labels": "labels.txt"},
        "tokenizer": {"name": corpus.tokenizer, "vocabulary": "vocabulary.txt", "length": corpus.length},
    }
    if corpus.separator:
        values["corpus"]["label_separator"] = corpus.separator
        values["model"] |= {"task": "multilabel", "threshold": threshold}
    if corpus.tokenizer == "word":
        values["tokenizer"]["lowercase"] = True
    file = folder / "job.yaml"
    file.write_text(yaml.safe_dump(values, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return load_job(file)


def predict(job: Job, rows: pd.DataFrame) -> Predictions:
    """Predictions of the job's model for the rows, with the gold labels."""
    import keras

    from camlode.pipeline.tokenizers import make_tokenizer

    model = keras.saving.load_model(job.model.path, compile=False)
    tokenizer = make_tokenizer(job.tokenizer, length=model.input_shape[1])
    predicted = model.predict(pad_ids(tokenizer, rows["text"].tolist()), batch_size=256, verbose=0)
    return Predictions(predicted, encode_targets(rows["label"], read_labels(job.model), job.corpus.label_separator))


def compute_scores(job: Job, test: pd.DataFrame) -> dict[str, str]:
    """Accuracy; for multi-label corpora micro- and macro-F1, and the share of documents with a predicted label."""
    found = predict(job, test)
    if job.model.task == "multiclass":
        return {"accuracy": f"{accuracy(*found):.3f}"}
    predicted = found.probabilities >= resolve_thresholds(job.model, read_labels(job.model))
    return {
        "micro-F1": f"{micro_f1(predicted, found.expected):.3f}",
        "macro-F1": f"{macro_f1(predicted, found.expected):.3f}",
        "threshold": f"{job.model.threshold}",
        "with a label": f"{predicted.any(axis=1).mean():.3f}",
    }


@dataclass(frozen=True)
class BenchmarkCorpus:
    """A corpus and how its classifier reads it; `separator` separates the labels of a document in multi-label corpora.

    `split`: percentage of the training file used as test part, 0 if the corpus has a test file.
    """

    name: str
    length: int
    epochs: int
    tokenizer: str = "word"
    separator: str | None = None
    split: int = 0


@dataclass(frozen=True)
class CorpusSplit:
    """Training rows, test rows, and the file of the test rows."""

    training: pd.DataFrame
    test: pd.DataFrame
    test_file: Path


CORPORA = (
    BenchmarkCorpus("thucnews10", length=32, epochs=4, tokenizer="char"),
    BenchmarkCorpus("goemotions", length=40, epochs=5, separator="|"),
    BenchmarkCorpus("imdb_cad", length=320, epochs=8),
    BenchmarkCorpus("tweet_sent_extract", length=40, epochs=4, split=20),
)


def read_split(corpus: BenchmarkCorpus, data: Path, folder: Path) -> CorpusSplit:
    """Read training and test rows; a test part split off is written into `folder`."""
    rows = pd.read_parquet(data / f"{corpus.name}-train.parquet")
    if not corpus.split:
        test_file = data.absolute() / f"{corpus.name}-test.parquet"
        return CorpusSplit(rows, pd.read_parquet(test_file), test_file)
    training, test = split_rows(rows[["id", "text", "label", "rationales"]], corpus.split)
    test_file = folder.absolute() / "test.parquet"
    test.to_parquet(test_file, index=False)
    return CorpusSplit(training, test, test_file)


def split_rows(rows: pd.DataFrame, percent: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split off about `percent` % of the rows by a hash of their ids; return the remaining rows, then these."""
    chosen = rows["id"].map(lambda name: zlib.crc32(name.encode()) % 100 < percent)
    return rows[~chosen].reset_index(drop=True), rows[chosen].reset_index(drop=True)


BATCH = 64


class TrainedModel(NamedTuple):
    """A trained model and its vocabulary in the order of the ids."""

    model: Any
    vocabulary: list[str]


def build_word_vocabulary(texts: Iterable[str], *, min_count: int = 2) -> list[str]:
    """Padding, unknown, then the lower-case words that occur `min_count` times, by frequency, ties by name."""
    from camlode.pipeline.tokenizers.base import to_lowercase
    from camlode.pipeline.tokenizers.word import WORD

    counts = Counter(word for text in texts for word in WORD.findall(to_lowercase(text)))
    frequent = [word for word, count in counts.items() if count >= min_count]
    return [PADDING, UNKNOWN, *sorted(frequent, key=lambda word: (-counts[word], word))]


def pad_ids(tokenizer: Tokenizer, texts: Sequence[str]) -> npt.NDArray[np.int32]:
    """Ids of the texts by the job's tokenizer [texts, length], padded with 0 at the end."""
    tokens = tokenizer.encode(texts)
    mask = np.arange(tokenizer.length) < np.diff(tokens.offsets)[:, None]
    ids = np.zeros(mask.shape, dtype=np.int32)
    ids[mask] = tokens.ids
    return ids


def build_text_cnn(words: int, labels: int, length: int, activation: str) -> Any:
    """An untrained TextCNN: ids [batch, length] -> probabilities [batch, labels]; layers conv_1, conv_2 and conv_3."""
    from keras import Input, Model, layers

    ids = Input((length,), dtype="int32", name="ids")
    embedded = layers.Dropout(0.3)(layers.Embedding(words, 100, name="embedding")(ids))
    branches = [layers.Conv1D(100, size, activation="relu", name=f"conv_{size}")(embedded) for size in (1, 2, 3)]
    joined = layers.Concatenate()([layers.GlobalMaxPooling1D()(branch) for branch in branches])
    return Model(ids, layers.Dense(labels, activation=activation, name="labels")(layers.Dropout(0.5)(joined)))


def train_text_cnn(
    texts: Sequence[str], expected: npt.NDArray[np.bool_], *, length: int, epochs: int, multilabel: bool
) -> TrainedModel:
    """Train a TextCNN and its vocabulary, with a softmax, or with sigmoids if `multilabel`."""
    from camlode.pipeline.tokenizers import Vocabulary
    from camlode.pipeline.tokenizers.word import WordTokenizer

    words = build_word_vocabulary(texts)
    vocabulary = Vocabulary({word: number for number, word in enumerate(words)}, unknown=1, padding=0)
    ids = pad_ids(WordTokenizer(vocabulary, length=length, lowercase=True), texts)
    model = build_text_cnn(len(words), expected.shape[1], length, "sigmoid" if multilabel else "softmax")
    loss = "binary_crossentropy" if multilabel else "categorical_crossentropy"
    model.compile("adam", loss, jit_compile=False)
    model.fit(ids, expected.astype(np.float32), batch_size=BATCH, epochs=epochs, verbose=0)
    return TrainedModel(model, words)


THRESHOLDS = tuple(step / 20 for step in range(2, 11))


class Predictions(NamedTuple):
    """Predicted probabilities and gold labels, both [documents, labels]."""

    probabilities: npt.NDArray[np.float32]
    expected: Matrix


def split_labels(label: str, separator: str | None) -> set[str]:
    """The labels of one document: one, or several separated by `separator`."""
    return set(label.split(separator)) if separator else {label}


def encode_targets(labels: Iterable[str], names: Sequence[str], separator: str | None) -> Matrix:
    """Boolean matrix [documents, names]: which of `names` each document has."""
    own = [split_labels(label, separator) for label in labels]
    return np.array([[name in each for name in names] for each in own], dtype=np.bool_)


def best_threshold(probabilities: npt.NDArray[np.float32], expected: Matrix) -> float:
    """The common threshold of 0.1, 0.15 … 0.5 with the highest micro-F1; the lowest of equals."""
    return max(THRESHOLDS, key=lambda threshold: micro_f1(probabilities >= threshold, expected))


def accuracy(probabilities: npt.NDArray[np.float32], expected: Matrix) -> float:
    """The share of documents whose most probable label is the gold label."""
    return float(np.mean(probabilities.argmax(axis=1) == expected.argmax(axis=1)))


def micro_f1(given: Matrix, expected: Matrix) -> float:
    """F1 over all pairs of document and label; 0 if no label is predicted or expected."""
    total = np.sum(given) + np.sum(expected)
    return float(2 * np.sum(given & expected) / total) if total else 0.0


def macro_f1(given: Matrix, expected: Matrix) -> float:
    """The mean of the labels' F1; a label that is neither predicted nor expected counts 0."""
    return float(np.mean([micro_f1(one, other) for one, other in zip(given.T, expected.T, strict=True)]))


def main() -> None:
    """Prepare every corpus, or the one given, and print a table of sizes and scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder with the Parquet files")
    parser.add_argument("--only", choices=[corpus.name for corpus in CORPORA])
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        parser.error(f"{arguments.data} is not a folder: expected the one that holds NAME-train.parquet")
    print("| corpus | trained on | tested on | scores | seconds |\n|---|---:|---:|---|---:|", flush=True)
    for corpus in CORPORA:
        if arguments.only in (None, corpus.name):
            began = time.perf_counter()
            cells = prepare(corpus, arguments.data)
            print(f"| {corpus.name} | {cells} | {time.perf_counter() - began:.0f} |", flush=True)


if __name__ == "__main__":
    main()
