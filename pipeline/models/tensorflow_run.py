"""A run of a model in TensorFlow that watches layers' outputs, so that gradients can be taken with respect to them.

Nothing else is watched, so a gradient never runs through what lies before them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from pipeline.models.keras_classifier import single_output
from pipeline.models.trace import LayerCall, recorded_calls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import keras


class TracedRun(NamedTuple):
    """One eager run: the layers' calls, the output, and the tape that can say what depends on what."""

    calls: list[LayerCall]
    output: Any
    tape: Any


def traced_run(model: keras.Model, inputs: Any) -> TracedRun:
    """Runs the model once, recording every layer and watching every floating output."""
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:

        def watch(output: Any) -> Any:
            return watched(output, tape) if is_floating(output) else output

        with recorded_calls(model, watch) as calls:
            output = answer(model, inputs)
    return TracedRun(calls, output, tape)


def depends_on(run: TracedRun, result: Any, sources: Sequence[int]) -> list[bool]:
    """Whether `result`, a tensor of the run, was made from the outputs of the calls numbered `sources`."""
    outputs = [run.calls[number].output for number in sources]
    if not is_floating(result):
        return [output is result for output in outputs]
    floating = [output for output in outputs if is_floating(output)]
    gradients = iter(run.tape.gradient(result, floating))
    return [is_floating(output) and next(gradients) is not None for output in outputs]


def is_floating(tensor: Any) -> bool:
    """Whether this is a tensor of floating-point numbers, which alone have gradients."""
    return bool(tf.is_tensor(tensor) and tensor.dtype.is_floating)


def watched(tensor: Any, tape: Any) -> Any:
    """The same tensor, which the tape can take gradients with respect to."""
    same = tf.identity(tensor)
    tape.watch(same)
    return same


def answer(model: keras.Model, batch: Any) -> Any:
    """What the model gives in inference mode."""
    with _inlined_functions():
        return single_output(model(batch, training=False))


@contextmanager
def _inlined_functions() -> Iterator[None]:
    """While this lasts, a tf.function of the model's own is run in place, so that what is inside it is seen."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)
