"""What a Keras model computes in: float32, or fewer bits with the weights and the answer still in float32."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from config.errors import ModelError
from pipeline.models.trace import all_layers, recorded_calls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import keras

    from config.attribution import Precision
    from pipeline.models.keras_classifier import KerasClassifier
    from pipeline.models.trace import LayerCall


def in_precision(classifier: KerasClassifier, precision: Precision, *, tokens: int) -> KerasClassifier:
    """The same classifier, whose model computes in `precision` while it is run; the model itself is left as it is.

    Layers that have types of their own keep them, and those that give the answer stay float32. Raises a ModelError
    where the model, tried on documents of `tokens` tokens, can't compute so.
    """
    if precision == "float32":
        return classifier
    with recorded_calls(classifier.model, lambda output: output) as calls:
        classifier.answer(tokens)
    kept = _giving_the_answer(calls)
    # A name of "float32" is of no layer that is quantized, or that the user has set to something else.
    layers = [each for each in all_layers(classifier.model) if each.dtype_policy.name == "float32" and each not in kept]
    found = replace(classifier, policy=f"mixed_{precision}", lowered=tuple(layers))
    try:
        found.answer(tokens)
    except ModelError as error:
        raise ModelError(f"attribution.precision is {precision}, but {error}; set it to float32") from error
    return found


@contextmanager
def computing_by(policy: str, layers: Sequence[keras.Layer]) -> Iterator[None]:
    """While this lasts, `layers` have the dtype policy of this name."""
    own = [layer.dtype_policy for layer in layers]
    _set(layers, [policy] * len(layers))
    try:
        yield
    finally:
        _set(layers, own)


def _set(layers: Iterable[keras.Layer], policies: Iterable[str | keras.DTypePolicy]) -> None:
    for layer, policy in zip(layers, policies, strict=True):
        layer.dtype_policy = policy


def _giving_the_answer(calls: Sequence[LayerCall]) -> set[keras.Layer]:
    """The layer that was called last of those with weights, which gives the logits, and whatever came after."""
    weighted = [number for number, call in enumerate(calls) if call.layer.weights and not call.inner]
    return {call.layer for call in calls[max(weighted, default=len(calls)) :]}
