"""Explaining a batch in TensorFlow: one compiled function for the forward pass, the gradients and the maps."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from pipeline.attribution.alignment import spread
from pipeline.attribution.decision import Decision, label_logits, label_probabilities, labels_by_rank
from pipeline.models.tensorflow_run import answer, watched
from pipeline.models.trace import all_layers, replaced_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import keras

    from pipeline.attribution.grad_cam import Method


class Answer(NamedTuple):
    """What the compiled run gives for a batch: `ranks` is the largest number of labels of any document, at least 1.

    logits and probabilities [documents, labels]; labels [ranks, documents], -1 where there is none; scores [ranks,
    documents, tokens] and padding [ranks, documents] in logits.
    """

    logits: Any
    probabilities: Any
    labels: Any
    scores: Any
    padding: Any


class CompiledExplainer(NamedTuple):
    """The compiled `run`, and what the model does last: "softmax", "sigmoid", or "linear" where it is neither."""

    run: Callable[..., Answer]
    activation: str


class _Captured(NamedTuple):
    """An explained layer's output, and the maxima over its positions that the model took of it."""

    activation: Any
    maxima: list[Any]


def compile_explainer(
    model: keras.Model,
    layers: Sequence[keras.Layer],
    chosen: Sequence[bool],
    method: Method,
    decision: Decision,
    *,
    inputs: tf.TensorSpec,
) -> CompiledExplainer:
    """Compiles a function (inputs, real, covers, wanted) -> Answer.

    `chosen` says of each call of one of the `layers`, in order, whether it is explained. `inputs` [documents, tokens]
    ids, or [documents, 1] strings; `real` [documents, tokens]: which tokens aren't padding; `covers`: for each
    explained call, [positions, tokens], which tokens its positions cover; `wanted` [labels]: the labels to explain,
    or none for those that the model predicts. All but the inputs are booleans.
    """
    found: list[str] = []

    def explain(batch: Any, real: Any, covers: Any, wanted: Any) -> Answer:
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            captured, output = _run_capturing(model, layers, chosen, batch, tape)
            raw, activation = _logits_behind(output)
            found.append(activation)
            logits = label_logits(tf.cast(raw, tf.float32), decision.size)
        probabilities = label_probabilities(tf.cast(output, tf.float32), activation, decision)
        labels, most = labels_by_rank(logits, probabilities, decision, wanted)
        ranks = tf.maximum(most, 1)
        activations = [_by_channel(each.activation) for each in captured]

        def weights_of(rank: Any) -> list[Any]:
            # -1, where a document has no label of this rank, is one-hot of nothing: a gradient of zero.
            direction = tf.one_hot(labels[rank], decision.size)
            gradients = _mean_gradients(logits, captured, direction, tape)
            pairs = zip(activations, gradients, strict=True)
            return [method.weigh(activation, _by_channel(gradient)) for activation, gradient in pairs]

        shapes = [tf.TensorSpec(None, tf.float32)] * len(captured)
        weights = tf.map_fn(weights_of, tf.range(ranks), fn_output_signature=shapes, parallel_iterations=1)
        real = tf.cast(real, tf.float32)
        branches = [
            spread(method.combine(activation, weight), tf.cast(cover, tf.float32), real)
            for activation, weight, cover in zip(activations, weights, covers, strict=True)
        ]
        scores = tf.add_n([branch.scores for branch in branches])
        padding = tf.add_n([branch.padding for branch in branches])
        return Answer(logits, probabilities, labels[:ranks], scores, padding)

    matrix = tf.TensorSpec((None, None), tf.bool)
    signature = [inputs, matrix, (matrix,) * sum(chosen), tf.TensorSpec((decision.size,), tf.bool)]
    run: Any = tf.function(explain, input_signature=signature, autograph=False)
    run.get_concrete_function()
    return CompiledExplainer(run, found[0])


def _logits_behind(output: Any) -> tuple[Any, str]:
    """What goes into the softmax or sigmoid that makes a graph tensor, and that function's name.

    Where neither is found the output is itself the logits, and the name is "linear".
    """
    operation = output.op
    while operation.type in ("Identity", "Cast", "StopGradient", "PreventGradient"):
        operation = operation.inputs[0].op
    if operation.type in ("Softmax", "Sigmoid"):
        return operation.inputs[0], operation.type.lower()
    return output, "linear"


def _run_capturing(
    model: keras.Model, layers: Sequence[keras.Layer], chosen: Sequence[bool], batch: Any, tape: Any
) -> tuple[list[_Captured], Any]:
    captured: list[_Captured] = []
    is_explained = iter(chosen)

    def capture(layer: keras.Layer, inputs: tuple[Any, ...], output: Any) -> Any:
        if layer in layers:
            if not next(is_explained):
                return output
            captured.append(_Captured(watched(output, tape), []))
            return captured[-1].activation
        source = next((each for each in captured if inputs[0] is each.activation), None)
        return output if source is None else _maximum(layer, source, tape)

    poolings = [layer for layer in all_layers(model) if _is_maximum(layer)]
    with replaced_outputs([*layers, *poolings], capture):
        output = answer(model, batch)
    return captured, output


def _is_maximum(layer: keras.Layer) -> bool:
    from keras.layers import GlobalMaxPooling1D

    # Not one that was derived from it, which may do something else.
    return type(layer) is GlobalMaxPooling1D and layer.data_format == "channels_last"


def _maximum(layer: keras.Layer, source: _Captured, tape: Any) -> Any:
    """The layer's maximum over positions, watched itself instead of being followed back to its positions."""
    maximum = tf.reduce_max(tf.stop_gradient(source.activation), axis=1, keepdims=True)
    source.maxima.append(watched(maximum, tape))
    return source.maxima[-1] if layer.keepdims else tf.squeeze(source.maxima[-1], axis=1)


def _mean_gradients(logits: Any, captured: Sequence[_Captured], direction: Any, tape: Any) -> list[Any]:
    """The gradient with respect to each captured output, or what has the same mean over positions, in float32.

    The gradient of a maximum stands at one position of each channel. Its mean over positions, which is all that
    Grad-CAM asks of it, is known without looking for that position, which would take most of the time.
    """
    sources = [(each.activation, *each.maxima) for each in captured]
    gradients = tape.gradient(logits, sources, output_gradients=direction)
    return [_mean_gradient(each.activation, *found) for each, found in zip(captured, gradients, strict=True)]


def _mean_gradient(activation: Any, direct: Any, *of_maxima: Any) -> Any:
    positions = tf.cast(tf.shape(activation)[1], tf.float32)
    parts = [tf.cast(gradient, tf.float32) / positions for gradient in of_maxima if gradient is not None]
    if direct is not None:
        parts.append(tf.cast(direct, tf.float32))
    # One value for all positions beside one for each adds up to the right mean too.
    return functools.reduce(operator.add, parts)


def _by_channel(tensor: Any) -> Any:
    """[documents, positions, channels] in float32, also where a 2-D convolution has one column more."""
    shape = tf.shape(tensor)
    return tf.reshape(tf.cast(tensor, tf.float32), (shape[0], shape[1], -1))
