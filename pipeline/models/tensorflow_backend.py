"""All that camlode asks of TensorFlow itself: gradients with respect to a layer's output, compiled once.

While the model runs, a zero is added to each explained layer's output; the gradient of a logit with respect to that
zero is the gradient with respect to the output, and never runs through what lies before the layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from pipeline.attribution.alignment import spread
from pipeline.attribution.decision import Decision, labels_by_rank, one_column_a_label, probabilities_of
from pipeline.models.trace import LayerCall, recorded_calls, replaced_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import keras

    Method = Callable[[Any, Any], Any]


class Answer(NamedTuple):
    """What the compiled run gives for a batch: `ranks` is the largest number of labels of any document.

    logits and probabilities [documents, labels]; labels [ranks, documents], -1 where there is none; scores [ranks,
    documents, tokens] and padding [ranks, documents] in logits.
    """

    logits: Any
    probabilities: Any
    labels: Any
    scores: Any
    padding: Any


class TracedRun(NamedTuple):
    """One eager run: the layers' calls, the output, and the tape that can say what depends on what."""

    calls: list[LayerCall]
    zeros: list[Any]
    output: Any
    tape: Any


def traced_run(model: keras.Model, inputs: Any) -> TracedRun:
    """Runs the model once, recording every layer, with a zero of its own added to each floating output."""
    zeros: dict[int, Any] = {}
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:

        def add_zero(_: keras.Layer, output: Any) -> Any:
            if not (tf.is_tensor(output) and output.dtype.is_floating):
                return output
            zero = tf.zeros_like(output)
            tape.watch(zero)
            changed = output + zero
            zeros[id(changed)] = zero
            return changed

        with recorded_calls(model, add_zero) as calls:
            output = model(inputs, training=False)
    return TracedRun(calls, [zeros.get(id(call.output)) for call in calls], output, tape)


def depends_on(run: TracedRun, result: Any, sources: Sequence[int]) -> list[bool]:
    """Whether `result`, a tensor of the run, was made from the outputs of the calls numbered `sources`."""
    gradients = run.tape.gradient(result, [run.zeros[number] for number in sources])
    return [gradient is not None for gradient in gradients]


def logits_behind(output: Any) -> tuple[Any, str]:
    """What goes into the softmax or sigmoid that makes a graph tensor, and that function's name.

    Where neither is found the output is itself the logits, and the name is "linear".
    """
    operation = output.op
    while operation.type in ("Identity", "Cast", "StopGradient", "PreventGradient"):
        operation = operation.inputs[0].op
    if operation.type in ("Softmax", "Sigmoid"):
        return operation.inputs[0], operation.type.lower()
    return output, "linear"


def activation_of(model: keras.Model, inputs: Any) -> str:
    """ "softmax", "sigmoid" or "linear": what the model does last."""
    graph = tf.function(lambda batch: model(batch, training=False), autograph=False)
    function = graph.get_concrete_function(tf.TensorSpec(inputs.shape, inputs.dtype))
    return logits_behind(function.outputs[0])[1] if function.outputs else "linear"


def compile_explainer(
    model: keras.Model,
    layers: Sequence[keras.Layer],
    method: Method,
    decision: Decision,
    *,
    inputs: tf.TensorSpec,
    branches: int,
) -> Callable[..., Answer]:
    """A compiled function (inputs, real_starts, real_ends, spans, tokens, wanted) -> Answer.

    `inputs` [documents, tokens] ids, or [documents, 1] strings; `real_starts`, `real_ends` [documents] say which
    tokens aren't padding; `spans`: for each of the `branches` calls of an explained layer, which tokens its
    positions cover, as starts and ends; `tokens`: the length; `wanted` [labels]: the labels to explain, or none for
    those that the model predicts. All but inputs and wanted are float32.
    """

    def explain(batch: Any, real_starts: Any, real_ends: Any, spans: Any, tokens: Any, wanted: Any) -> Answer:
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            captured, output = _run_capturing(model, layers, batch, tape)
            raw = tf.cast(logits_behind(output)[0], tf.float32)
            logits = one_column_a_label(raw, decision.size)
        probabilities = probabilities_of(logits, decision, single_output=raw.shape[1] == 1)
        labels, ranks = labels_by_rank(logits, probabilities, decision, wanted)

        def one_rank(rank: Any) -> tuple[Any, Any]:
            # -1, where a document has no label of this rank, is one-hot of nothing: a gradient of zero.
            chosen = tf.one_hot(labels[rank], decision.size)
            gradients = tape.gradient(logits, [zero for _, zero in captured], output_gradients=chosen)
            scores = tf.zeros((tf.shape(batch)[0], tf.cast(tokens, tf.int32)))
            padding = tf.zeros(tf.shape(batch)[0])
            for (activation, _), gradient, (starts, ends) in zip(captured, gradients, spans, strict=True):
                values = method(_by_channel(activation), _by_channel(gradient))
                branch = spread(values, starts, ends, real_starts, real_ends, tokens)
                scores, padding = scores + branch.scores, padding + branch.padding
            return scores, padding

        shapes = (tf.TensorSpec((None, None), tf.float32), tf.TensorSpec((None,), tf.float32))
        scores, padding = tf.map_fn(one_rank, tf.range(ranks), fn_output_signature=shapes, parallel_iterations=1)
        return Answer(logits, probabilities, labels[:ranks], scores, padding)

    vector = tf.TensorSpec((None,), tf.float32)
    signature = [
        inputs,
        vector,
        vector,
        ((vector, vector),) * branches,
        tf.TensorSpec((), tf.float32),
        tf.TensorSpec((decision.size,), tf.bool),
    ]
    compiled: Callable[..., Answer] = tf.function(explain, input_signature=signature, autograph=False)
    return compiled


def _run_capturing(
    model: keras.Model, layers: Sequence[keras.Layer], batch: Any, tape: Any
) -> tuple[list[tuple[Any, Any]], Any]:
    captured: list[tuple[Any, Any]] = []

    def add_zero(_: keras.Layer, output: Any) -> Any:
        zero = tf.zeros_like(output)
        tape.watch(zero)
        captured.append((output, zero))
        return output + zero

    with replaced_outputs(layers, add_zero):
        output = model(batch, training=False)
    return captured, output


def _by_channel(tensor: Any) -> Any:
    """[documents, positions, channels] in float32, also where a 2-D convolution has one column more."""
    shape = tf.shape(tensor)
    return tf.reshape(tf.cast(tensor, tf.float32), (shape[0], shape[1], -1))
