"""Trains a small classifier on each real corpus and writes a job that explains it on texts it has not seen.

    python -m benchmarks.corpora FOLDER_OF_PARQUET [--only NAME]

The folder holds NAME-train.parquet and NAME-test.parquet with the columns id, text and label. Each corpus gets
bench/NAME/ with model.keras, vocabulary.txt, labels.txt and job.yaml; a model that is there is not trained again.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from benchmarks import answers, textcnn, thucnews
from benchmarks.answers import Predictions
from benchmarks.parts import CORPORA, BenchmarkCorpus, read_split, split_rows
from camlode.config import load_job, read_labels, resolve_thresholds
from camlode.pipeline.models.runtime import start_tensorflow

if TYPE_CHECKING:
    import pandas as pd

    from camlode.config import Job

FOLDER = Path("bench")


def prepare(corpus: BenchmarkCorpus, data: Path) -> str:
    """Writes the corpus's folder, training its model if there is none; returns sizes and scores as cells of a table."""
    folder = FOLDER / corpus.name
    folder.mkdir(parents=True, exist_ok=True)
    # Anew for each corpus: a model does not depend on those that were trained before it.
    start_tensorflow(seed=1)
    parts = read_split(corpus, data, folder)
    training_rows, tuning = split_rows(parts.training, 10) if corpus.separator else (parts.training, parts.training[:0])
    if not (folder / "model.keras").exists():
        train(corpus, training_rows, data, folder)
    job = write_job(corpus, parts.test_file, folder)
    if corpus.separator:
        threshold = answers.best_threshold(*predict(job, tuning))
        job = write_job(corpus, parts.test_file, folder, threshold)
    summary = ", ".join(f"{name} {value}" for name, value in compute_scores(job, parts.test).items())
    return f"{len(training_rows):,} | {len(parts.test):,} | {summary}"


def train(corpus: BenchmarkCorpus, rows: pd.DataFrame, data: Path, folder: Path, seed: int = 1) -> None:
    """Trains a model and saves it with its vocabulary and labels."""
    from camlode.pipeline.demo.train import save

    if corpus.tokenizer == "char":
        thucnews.train(data / f"{corpus.name}-train.parquet", data / f"{corpus.name}-test.parquet", folder, seed)
        return
    names = sorted({name for label in rows["label"] for name in answers.split(label, corpus.separator)})
    trained = textcnn.train(
        rows["text"].tolist(),
        answers.encode_targets(rows["label"], names, corpus.separator),
        length=corpus.length,
        epochs=corpus.epochs,
        multilabel=corpus.separator is not None,
    )
    save(folder, trained.model, trained.vocabulary, names)


def write_job(corpus: BenchmarkCorpus, test_file: Path, folder: Path, threshold: float | None = None) -> Job:
    """Writes job.yaml, which mines `test_file` with the model in `folder`, and returns it as a job."""
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
    """What the job's model says of the rows, and what it should say."""
    import keras

    from camlode.pipeline.tokenizers import make_tokenizer

    model = keras.saving.load_model(job.model.path, compile=False)
    tokenizer = make_tokenizer(job.tokenizer, length=model.input_shape[1])
    predicted = model.predict(textcnn.pad_ids(tokenizer, rows["text"].tolist()), batch_size=256, verbose=0)
    return Predictions(
        predicted, answers.encode_targets(rows["label"], read_labels(job.model), job.corpus.label_separator)
    )


def compute_scores(job: Job, test: pd.DataFrame) -> dict[str, str]:
    """Accuracy, or with several labels a document both F1 and the share of documents that get any label."""
    found = predict(job, test)
    if job.model.task == "multiclass":
        return {"accuracy": f"{answers.accuracy(*found):.3f}"}
    predicted = found.probabilities >= resolve_thresholds(job.model, read_labels(job.model))
    return {
        "micro-F1": f"{answers.micro_f1(predicted, found.expected):.3f}",
        "macro-F1": f"{answers.macro_f1(predicted, found.expected):.3f}",
        "threshold": f"{job.model.threshold}",
        "with a label": f"{predicted.any(axis=1).mean():.3f}",
    }


def main() -> None:
    """Prepares every corpus, or the one named, and prints a table of sizes and scores."""
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
