"""Grad-CAM on a TensorFlow 1 checkpoint the way that it is scripted: new gradients in the graph for each document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping


class Session:
    """A checkpoint, restored once; `layers` are the convolutions' output tensors with their kernel sizes."""

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
        """The logits of all documents, and nothing else."""
        return [
            self._session.run(self._logits, self._feed(ids[first : first + batch]))
            for first in range(0, len(ids), batch)
        ]

    def grad_cam(self, ids: Any) -> Any:
        """One importance a token of `ids` [tokens], for the label that the model predicts."""
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
        """How many the graph has by now."""
        return len(self._graph.get_operations())

    def _feed(self, ids: Any) -> dict[str, Any]:
        return {"input_x:0": ids, "keep_prob:0": 1.0}
