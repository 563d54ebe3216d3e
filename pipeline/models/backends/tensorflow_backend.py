"""TensorFlow: gradients by a tape that watches explained values only, so that none runs through the layers before."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from camlode.pipeline.models.backends.protocol import TracedRun
from camlode.pipeline.models.backends.tensorflow_watch import TapeWatch, watch_tensor
from camlode.pipeline.models.propagation import propagate_contributions, propagate_relevances
from camlode.pipeline.models.propagation.walk import record_run
from camlode.pipeline.models.trace import record_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from camlode.pipeline.models.backends.protocol import Replace, Vjp
    from camlode.pipeline.models.classifier import InputSpec


class Backend:
    """Keras on TensorFlow, and TensorFlow's own graphs."""

    dynamic = True

    @contextmanager
    def tracing(self) -> Iterator[None]:
        """While this lasts, a tf.function of the model's own is run in place, so that what is inside it is seen."""
        before = tf.config.functions_run_eagerly()
        tf.config.run_functions_eagerly(True)
        try:
            yield
        finally:
            tf.config.run_functions_eagerly(before)

    def trace_run(self, model: Any, run: Callable[[], Any]) -> TracedRun:
        """Runs the model once, eagerly, recording every layer and watching every floating output."""
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:

            def watch(output: Any) -> Any:
                return watch_tensor(output, tape) if _is_floating(output) else output

            with record_calls(model, watch) as calls:
                output = run()

        def depends_on(result: Any, numbers: Sequence[int]) -> list[bool]:
            outputs = [calls[number].output for number in numbers]
            if not _is_floating(result):
                return [output is result for output in outputs]
            gradients = iter(tape.gradient(result, [output for output in outputs if _is_floating(output)]))
            return [_is_floating(output) and next(gradients) is not None for output in outputs]

        return TracedRun(calls, output, depends_on)

    def vjp(self, run: Callable[[Replace], tuple[Any, Any]]) -> Vjp:
        """Runs `run(replace)` under a tape that watches what `replace` gives."""
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            watch = TapeWatch(tape)
            result, aux = run(watch)
        return watch.vjp(result, aux)

    def find_logits(self, output: Any) -> tuple[Any, str]:
        """Looks behind the last operation of a graph."""
        operation = output.op
        while operation.type in ("Identity", "Cast", "StopGradient", "PreventGradient"):
            operation = operation.inputs[0].op
        if operation.type in ("Softmax", "Sigmoid"):
            return operation.inputs[0], operation.type.lower()
        return output, "linear"

    def map_each(self, function: Callable[[Any], list[Any]], items: Any, *, outputs: int) -> list[Any]:
        """One after the other: each is a whole batch, and keeps the cores busy by itself."""
        shapes = [tf.TensorSpec(None, tf.float32)] * outputs
        return list(tf.map_fn(function, items, fn_output_signature=shapes, parallel_iterations=1))

    def compile(
        self, function: Callable[..., Any], _: Any, specs: Sequence[InputSpec], *__: Any, **___: int
    ) -> Callable[..., Any]:
        """A graph that is traced once, here."""
        signature = [tf.TensorSpec(spec.shape, spec.dtype) for spec in specs]
        compiled: Any = tf.function(function, input_signature=signature, autograph=False)
        # This one graph is run even where the user has told TensorFlow to run functions eagerly.
        graph = compiled.get_concrete_function()

        def call(*arrays: Any) -> Any:
            tensors = [tf.convert_to_tensor(array, spec.dtype) for array, spec in zip(arrays, signature, strict=True)]
            return tf.nest.map_structure(lambda tensor: np.asarray(tensor), graph(*tensors))

        return call

    def propagate_relevances(self, run: Callable[[Replace], Any], cotangent: Any, *, epsilon: float) -> list[Any]:
        """By a walk over the operations of the graph that is being traced."""
        return propagate_relevances(record_run(lambda: _collect_values(run)), cotangent, epsilon=epsilon)

    def propagate_contributions(
        self, run: Callable[[Replace], Any], baseline: Callable[[Replace], Any], cotangent: Any
    ) -> Any:
        """By a walk over the operations of the graph that is being traced."""
        return propagate_contributions(
            record_run(lambda: _collect_values(run)), record_run(lambda: _collect_values(baseline)), cotangent
        )


def _collect_values(run: Callable[[Replace], Any]) -> tuple[Any, list[Any]]:
    values: list[Any] = []

    def keep(_: int, value: Any) -> Any:
        values.append(tf.identity(value))
        return values[-1]

    return run(keep), values


def _is_floating(tensor: Any) -> bool:
    return bool(tf.is_tensor(tensor) and tensor.dtype.is_floating)
