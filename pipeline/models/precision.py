"""What a Keras model computes in: float32, or fewer bits with the weights and the answer still in float32."""

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
    """The same classifier, whose model computes in `precision` while it is run; the model itself is left as it is.

    Layers that have types of their own keep them, and those that give the answer stay float32. Raises a ModelError
    where the model, tried on documents of `tokens` tokens, can't compute so.
    """
    if precision == "float32":
        return classifier
    with record_calls(classifier.model, lambda output: output) as calls:
        classifier.sample_output(tokens)
    output_layers = _find_output_layers(calls)
    # A name of "float32" is of no layer that is quantized, or that the user has set to something else.
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
    """The layer that was called last of those with weights, which gives the logits, and whatever came after."""
    weighted = [number for number, call in enumerate(calls) if call.layer.weights and not call.inner]
    return {call.layer for call in calls[max(weighted, default=len(calls)) :]}
