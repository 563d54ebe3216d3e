"""Grad-CAM the way that it is usually scripted: a sub-model, a tape, one document at a time, eagerly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


def build_inner_model(model: Any, layer_names: list[str]) -> Any:
    """A model that gives the layers' outputs and the answer, as scripts make to get at them."""
    import keras

    return keras.Model(model.input, [*(model.get_layer(name).output for name in layer_names), model.output])


def plain_loop(model: Any, layer_names: list[str], *, build_once: bool) -> Callable[[Any], Any]:
    """A function ids [tokens] -> one importance a token, for the label that the model predicts.

    `build_once`: make the sub-model before the loop; most scripts make it in the function that explains, so for every
    document again.
    """
    sizes = [model.get_layer(name).kernel_size[0] for name in layer_names]
    prebuilt = build_inner_model(model, layer_names) if build_once else None

    def explain(ids: Any) -> Any:
        return _grad_cam(prebuilt or build_inner_model(model, layer_names), sizes, ids)

    return explain


def _grad_cam(inner: Any, sizes: list[int], ids: Any) -> Any:
    import tensorflow as tf

    with tf.GradientTape() as tape:
        *activations, probabilities = inner(ids[None])
        score = probabilities[0, int(np.argmax(probabilities[0]))]
    importances = np.zeros(len(ids))
    for size, activation, gradient in zip(sizes, activations, tape.gradient(score, activations), strict=True):
        weights = tf.reduce_mean(gradient, axis=1)
        values = tf.nn.relu(tf.reduce_sum(activation * weights[:, None, :], axis=-1))[0].numpy()
        for position, value in enumerate(values):
            importances[position : position + size] += value / size
    return importances
