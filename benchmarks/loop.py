"""Grad-CAM the way that it is usually scripted: a sub-model, a tape, one document at a time, eagerly."""

from __future__ import annotations

from typing import Any

import numpy as np


def make_loop(model: Any, layer_names: list[str]) -> Any:
    """A function ids [tokens] -> one importance a token, for the label that the model predicts."""
    import keras
    import tensorflow as tf

    layers = [model.get_layer(name) for name in layer_names]
    inner = keras.Model(model.inputs, [*(layer.output for layer in layers), model.output])

    def explain(ids: Any) -> Any:
        with tf.GradientTape() as tape:
            *activations, probabilities = inner(ids[None])
            score = probabilities[0, int(np.argmax(probabilities[0]))]
        importances = np.zeros(len(ids))
        for layer, activation, gradient in zip(layers, activations, tape.gradient(score, activations), strict=True):
            weights = tf.reduce_mean(gradient, axis=1)
            values = tf.nn.relu(tf.reduce_sum(activation * weights[:, None, :], axis=-1))[0].numpy()
            for position, value in enumerate(values):
                importances[position : position + layer.kernel_size[0]] += value / layer.kernel_size[0]
        return importances

    return explain
