"""Documents per second on a TensorFlow 1 checkpoint: camlode, and a script that adds operations for each document.

    python -m benchmarks.checkpoint [--documents 20000] [--rounds 3] [--loop 100]

The checkpoint is a TextCNN with random weights, placeholders for the ids and the dropout's keep probability, and
convolutions of 2, 3 and 4 characters. The script restores it once and adds new gradient operations of the predicted
label's logit for each document, so its graph grows and every step is slower than the last.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.speed import PREDICT_BATCH, documents_per_second
from camlode.config import parse_job
from camlode.pipeline.demo.corpus import generate_documents
from camlode.pipeline.demo.lexicon import LEXICON
from camlode.pipeline.models.runtime import start_tensorflow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from camlode.config import Job

FOLDER = Path("bench") / "checkpoint"
LENGTH, SIZE, CHANNELS = 32, 128, 128
KERNELS = (2, 3, 4)
LAYERS = {f"conv-{size}/Relu:0": size for size in KERNELS}
EDGE_DOCUMENTS = 20
"""Documents at the start and at the end of the loop whose speeds are compared."""


def save_checkpoint(words: int, labels: int) -> str:
    """Save the untrained TextCNN; return the path prefix of the checkpoint."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        v1.set_random_seed(1)
        _build_text_cnn(v1, words, labels)
        session.run(v1.global_variables_initializer())
        return str(v1.train.Saver().save(session, str(FOLDER.absolute() / "model.ckpt")))


def _build_text_cnn(v1: Any, words: int, labels: int) -> None:
    import tensorflow as tf

    ids = v1.placeholder(tf.int32, [None, LENGTH], "input_x")
    keep = v1.placeholder(tf.float32, [], "keep_prob")
    embedded = tf.nn.embedding_lookup(v1.get_variable("table", (words, SIZE)), ids)[..., None]
    pooled = []
    for size in KERNELS:
        with v1.name_scope(f"conv-{size}"):
            kernel = v1.get_variable(f"kernel-{size}", (size, SIZE, 1, CHANNELS))
            values = tf.nn.relu(tf.nn.conv2d(embedded, kernel, 1, "VALID"), name="Relu")
            pooled.append(tf.reduce_max(values, [1, 2]))
    features = v1.nn.dropout(tf.concat(pooled, 1), keep_prob=keep)
    head = v1.get_variable("head", (CHANNELS * len(KERNELS), labels))
    tf.add(tf.matmul(features, head), v1.get_variable("bias", labels), name="logits")


def make_checkpoint_job(path: str, words: list[str]) -> Job:
    """Make the job that explains the convolutions of the checkpoint."""
    vocabulary = FOLDER / "vocabulary.txt"
    vocabulary.write_text("\n".join(words) + "\n", encoding="utf-8")
    return parse_job(
        {
            "corpus": {"paths": "corpus.jsonl"},
            "model": {
                "path": path,
                "labels": list(LEXICON),
                "layers": LAYERS,
                "inputs": {"input_x": "ids", "keep_prob": 1.0},
                "logits": "logits",
            },
            "tokenizer": {"vocabulary": "vocabulary.txt"},
        },
        FOLDER,
    )


def print_loop(session: Session, ids: Any) -> float:
    """Run the loop, print how it slows down, and return its documents per second."""
    seconds, before = [], session.count_operations()
    for each in ids:
        began = time.perf_counter()
        session.grad_cam(each)
        seconds.append(time.perf_counter() - began)
    first, last = EDGE_DOCUMENTS / sum(seconds[:EDGE_DOCUMENTS]), EDGE_DOCUMENTS / sum(seconds[-EDGE_DOCUMENTS:])
    print(
        f"The loop over {len(ids)} documents: {first:.2f} documents per second in the first {EDGE_DOCUMENTS}, "
        f"{last:.2f} in the last {EDGE_DOCUMENTS}; its graph grew from {before:,} to {session.count_operations():,} "
        "operations.\n"
    )
    return len(seconds) / sum(seconds)


class Session:
    """A restored checkpoint, explained as scripts do it: new gradient operations in the graph for each document.

    `layers`: output tensors of the convolutions, with their kernel sizes.
    """

    def __init__(self, path: str, layers: Mapping[str, int]) -> None:
        import tensorflow as tf

        v1 = tf.compat.v1
        self._graph = tf.Graph()
        with self._graph.as_default():
            saver = v1.train.import_meta_graph(f"{path}.meta")
            self._session = v1.Session(graph=self._graph)
            saver.restore(self._session, path)
        self._logits = self._graph.get_tensor_by_name("logits:0")
        self._layers = [(self._graph.get_tensor_by_name(name), size) for name, size in layers.items()]

    def predict_all(self, ids: Any, batch: int) -> list[Any]:
        """The logits of all documents, batch by batch."""
        return [
            self._session.run(self._logits, self._feed(ids[first : first + batch]))
            for first in range(0, len(ids), batch)
        ]

    def grad_cam(self, ids: Any) -> Any:
        """The importance of each token of `ids` [tokens] for the predicted label."""
        import tensorflow as tf

        feed = self._feed(ids[None])
        label = int(np.argmax(self._session.run(self._logits, feed)[0]))
        importances = np.zeros(len(ids))
        with self._graph.as_default():
            for layer, size in self._layers:
                gradient = tf.gradients(self._logits[:, label], layer)[0]
                weights = tf.reduce_mean(gradient, axis=[1, 2])
                positions = tf.nn.relu(tf.reduce_sum(layer[:, :, 0] * weights[:, None], axis=-1))
                for position, value in enumerate(self._session.run(positions, feed)[0]):
                    importances[position : position + size] += value / size
        return importances

    def count_operations(self) -> int:
        """Number of operations in the graph."""
        return len(self._graph.get_operations())

    def _feed(self, ids: Any) -> dict[str, Any]:
        return {"input_x:0": ids, "keep_prob:0": 1.0}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--loop", type=int, default=100)
    arguments = parser.parse_args()
    tensorflow = start_tensorflow(seed=1)
    print(f"{platform.machine()}, {os.cpu_count()} cores, TensorFlow {tensorflow.__version__}\n")
    from camlode.pipeline.demo.train import build_vocabulary, encode
    from camlode.pipeline.explainer import open_explainer

    FOLDER.mkdir(parents=True, exist_ok=True)
    texts = [question.text for question in islice(generate_documents(arguments.documents, seed=7), arguments.documents)]
    words = build_vocabulary(texts)
    path = save_checkpoint(len(words), len(LEXICON))
    explainer = open_explainer(make_checkpoint_job(path, words))
    tokens, ids = explainer.tokenizer.encode(texts), encode(texts, words, LENGTH)
    session = Session(path, LAYERS)
    works = {
        "predictions alone, batches of 256": lambda: session.predict_all(ids, PREDICT_BATCH),
        "attribution": lambda: explainer.attributor.attribute(tokens),
    }
    for work in works.values():
        work()
    rounds = [
        {name: documents_per_second(len(texts), work) for name, work in works.items()} for _ in range(arguments.rounds)
    ]
    loop = print_loop(session, ids[: arguments.loop])
    print("| | documents per second | relative to the loop |\n|---|---:|---:|")
    print(f"| script, {arguments.loop} documents | {loop:.2f} | 1 |")
    for name in works:
        rate = statistics.median(each[name] for each in rounds)
        print(f"| {name} | {rate:,.0f} | {rate / loop:,.0f} |")


if __name__ == "__main__":
    main()
