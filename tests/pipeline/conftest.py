"""TensorFlow, started once as camlode starts it; graphs of TensorFlow 1 with their session's answers; a job to load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IDS = np.array([[3, 1, 4, 1, 5, 9], [2, 6, 5, 0, 0, 0]], np.int32)
MASK = IDS > 0
LAYERS = {"conv-2/Relu:0": 2, "conv-3/Relu:0": 3}
TENSORS = ("embedded:0", *LAYERS)


@pytest.fixture(scope="session")
def keras() -> Any:
    from camlode.pipeline.models.runtime import start_tensorflow

    start_tensorflow(seed=7)
    import keras

    return keras


@pytest.fixture
def unloaded_job(tmp_path: Path) -> Path:
    """A job file over one document, whose model is a placeholder."""
    for name, content in {"corpus.jsonl": '{"id": "a", "text": "水果"}', "m.keras": "-", "v.txt": "水\n"}.items():
        (tmp_path / name).write_text(f"{content}\n", encoding="utf-8")
    (tmp_path / "job.yaml").write_text(
        "corpus: {paths: corpus.jsonl, id: id}\n"
        "model: {path: m.keras, labels: [食物, 数码], task: multilabel}\n"
        "tokenizer: {vocabulary: v.txt}\n",
        encoding="utf-8",
    )
    return tmp_path / "job.yaml"


@dataclass(frozen=True)
class SavedGraph:
    """A saved graph; its session's logits for IDS, values of TENSORS and gradients of label 1's logit to them."""

    path: str
    logits: Any
    values: Any
    gradients: Any
    ids: Any
    mask: Any
    layers: dict[str, int]


def text_cnn(v1: Any, *, resource: bool, length: int | None) -> None:
    """Embedding, Conv2D used as 1-D of sizes 2 and 3, max pooling, dropout, dense, softmax."""
    import tensorflow as tf

    ids = v1.placeholder(tf.int32, [None, length], "input_x")
    keep = v1.placeholder(tf.float32, [], "keep_prob")
    v1.placeholder(tf.float32, [None, 4], "input_y")

    def weights(name: str, *shape: int) -> Any:
        start = v1.random_normal_initializer(seed=sum(shape))
        return v1.get_variable(name, shape, initializer=start, use_resource=resource)

    embedded = tf.identity(tf.nn.embedding_lookup(weights("table", 11, 5), ids), "embedded")
    pooled = []
    for size in (2, 3):
        with v1.name_scope(f"conv-{size}"):
            kernel = weights(f"kernel-{size}", size, 1, 5, 3)
            convolved = tf.nn.conv2d(embedded[:, :, None], kernel, 1, "VALID", name="conv")
            pooled.append(tf.reduce_max(tf.nn.relu(convolved, name="Relu"), [1, 2]))
    features = v1.nn.dropout(tf.concat(pooled, 1), keep_prob=keep)
    logits = tf.add(tf.matmul(features, weights("dense", 6, 4)), weights("bias", 4), name="scores")
    tf.nn.softmax(logits, name="probabilities")
    tf.group(logits, name="nothing")


@pytest.fixture
def save_graph(keras: Any, tmp_path: Path) -> Callable[..., SavedGraph]:
    """Saves `text_cnn` as a "checkpoint", a "saved_model" or a "frozen" graph; `also` adds to the graph."""
    import tensorflow as tf

    v1 = tf.compat.v1

    def save(
        kind: str = "checkpoint",
        *,
        resource: bool = False,
        length: int | None = 6,
        also: Callable[[Any], None] | None = None,
    ) -> SavedGraph:
        with tf.Graph().as_default() as graph, v1.Session() as session:
            text_cnn(v1, resource=resource, length=length)
            if also is not None:
                also(graph)
            session.run(v1.global_variables_initializer())
            logits, targets = graph.get_tensor_by_name("scores:0"), [graph.get_tensor_by_name(n) for n in TENSORS]
            fed = {"input_x:0": IDS, "keep_prob:0": 1.0}
            logits, values, gradients = session.run([logits, targets, tf.gradients(logits[:, 1], targets)], fed)
            return SavedGraph(_write(v1, session, kind, tmp_path), logits, values, gradients, IDS, MASK, LAYERS)

    return save


def _write(v1: Any, session: Any, kind: str, folder: Path) -> str:
    graph = session.graph
    if kind == "checkpoint":
        return str(v1.train.Saver().save(session, str(folder / "model.ckpt"), global_step=5))
    if kind == "saved_model":
        inputs = {"x": graph.get_tensor_by_name("input_x:0"), "keep": graph.get_tensor_by_name("keep_prob:0")}
        v1.saved_model.simple_save(session, str(folder / "saved"), inputs, {"y": graph.get_tensor_by_name("scores:0")})
        return str(folder / "saved")
    outputs = ["probabilities", "nothing"]
    frozen = v1.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), outputs)
    (folder / "frozen.pb").write_bytes(frozen.SerializeToString())
    return str(folder / "frozen.pb")


@pytest.fixture
def load_classifier() -> Callable[..., Any]:
    """Loads a graph by the options of a job's model that are given, and `text_cnn`'s for the rest."""
    from camlode.config.classifier import Model
    from camlode.pipeline.models.graph.classifier import load_graph_classifier

    def load(path: str, **options: Any) -> Any:
        usual = {
            "labels": ["a", "b", "c", "d"],
            "layers": LAYERS,
            "embedding": "embedded",
            "inputs": {"input_x": "ids", "keep_prob": 1.0},
            "logits": "scores",
        }
        return load_graph_classifier(Model.model_validate({"path": path, **usual, **options}))

    return load
