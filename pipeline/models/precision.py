"""Precision of a Keras model's computation: float32, or fewer bits with weights and output still in float32."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from camlode.config.errors import ModelError
from camlode.pipeline.models.trace import all_layers, record_calls

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

    from camlode.config.attribution import Precision
    from camlode.pipeline.models.keras_classifier import KerasClassifier
    from camlode.pipeline.models.trace import LayerCall


def with_precision(classifier: KerasClassifier, precision: Precision, *, tokens: int) -> KerasClassifier:
    """The same classifier, whose model computes in `precision` while it runs; the model itself is not changed.

    Layers with a custom dtype policy keep it, and those that give the output stay float32. Raises ModelError: the
    model, probed with documents of `tokens` tokens, can't compute in this precision.
    """
    if precision == "float32":
        return classifier
    with record_calls(classifier.model, lambda output: output) as calls:
        classifier.sample_output(tokens)
    output_layers = _find_output_layers(calls)
    # A policy of another name is the user's own choice, or a quantized layer's.
    layers = [
        each
        for each in all_layers(classifier.model)
        if each.dtype_policy.name == "float32" and each not in output_layers
    ]
    found = replace(classifier, policy=f"mixed_{precision}", low_precision_layers=tuple(layers))
    try:
        found.sample_output(tokens)
    except ModelError as error:
        raise ModelError(f"attribution.precision is {precision}, but {error}; set it to float32") from error
    return found


def _find_output_layers(calls: Sequence[LayerCall]) -> set[keras.Layer]:
    """The last called layer with weights, which gives the logits, and the layers called after it."""
    weighted = [number for number, call in enumerate(calls) if call.layer.weights and not call.inner]
    return {call.layer for call in calls[max(weighted, default=len(calls)) :]}
