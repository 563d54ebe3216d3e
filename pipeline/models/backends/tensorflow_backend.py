"""TensorFlow backend: gradients by a tape that watches only the target layers' outputs.

So no gradient is computed for the layers before them, and explaining a text costs little more than predicting it.
"""

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

    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.models.backends.protocol import Replace, Vjp
    from camlode.pipeline.models.classifier import InputSpec


class Backend:
    """Keras on TensorFlow, and TensorFlow's own graphs."""

    dynamic = True

    @contextmanager
    def tracing(self) -> Iterator[None]:
        """Run the model's own tf.functions in place inside the context, so that the layers in them are seen."""
        before = tf.config.functions_run_eagerly()
        tf.config.run_functions_eagerly(True)
        try:
            yield
        finally:
            tf.config.run_functions_eagerly(before)

    def trace_run(self, model: Any, run: Callable[[], Any]) -> TracedRun:
        """Run the model once, eagerly, recording all layers; a tape watches every floating output."""
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:

            def watch(output: Tensor) -> Tensor:
                return watch_tensor(output, tape) if _is_floating(output) else output

            with record_calls(model, watch) as calls:
                output = run()

        # A tensor depends on a call's output if it has a gradient with respect to it.
        def depends_on(result: Tensor, numbers: Sequence[int]) -> list[bool]:
            outputs = [calls[number].output for number in numbers]
            if not _is_floating(result):
                return [output is result for output in outputs]
            gradients = iter(tape.gradient(result, [output for output in outputs if _is_floating(output)]))
            return [_is_floating(output) and next(gradients) is not None for output in outputs]

        return TracedRun(calls, output, depends_on)

    def vjp(self, run: Callable[[Replace], tuple[Tensor, Any]]) -> Vjp:
        """Run `run(replace)` under a tape that watches what `replace` returns."""
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            watch = TapeWatch(tape)
            result, aux = run(watch)
        return watch.vjp(result, aux)

    def find_logits(self, output: Tensor) -> tuple[Tensor, str]:
        """Follow the graph back from `output`, through operations that don't change it."""
        operation = output.op
        while operation.type in ("Identity", "Cast", "StopGradient", "PreventGradient"):
            operation = operation.inputs[0].op
        if operation.type in ("Softmax", "Sigmoid"):
            return operation.inputs[0], operation.type.lower()
        return output, "linear"

    def map_each(self, function: Callable[[Tensor], list[Tensor]], items: Tensor, *, outputs: int) -> list[Tensor]:
        """Call `function` for each of `items` in turn."""
        # Not in parallel: each call is of a whole batch, which keeps all cores busy and needs its own memory.
        shapes = [tf.TensorSpec(None, tf.float32)] * outputs
        return list(tf.map_fn(function, items, fn_output_signature=shapes, parallel_iterations=1))

    def compile(
        self, function: Callable[..., Any], _: Any, specs: Sequence[InputSpec], *__: Any, **___: int
    ) -> Callable[..., Any]:
        """Trace `function` into a graph, once."""
        signature = [tf.TensorSpec(spec.shape, spec.dtype) for spec in specs]
        compiled: Any = tf.function(function, input_signature=signature, autograph=False)
        # A concrete graph is run as such, even if the user has told TensorFlow to run functions eagerly.
        graph = compiled.get_concrete_function()

        def call(*arrays: Any) -> Any:
            tensors = [tf.convert_to_tensor(array, spec.dtype) for array, spec in zip(arrays, signature, strict=True)]
            return tf.nest.map_structure(lambda tensor: np.asarray(tensor), graph(*tensors))

        return call

    def propagate_relevances(
        self, run: Callable[[Replace], Tensor], cotangent: Tensor, *, epsilon: float
    ) -> list[Tensor]:
        """Walk over the operations of the graph that is being traced."""
        return propagate_relevances(record_run(lambda: _collect_values(run)), cotangent, epsilon=epsilon)

    def propagate_contributions(
        self, run: Callable[[Replace], Tensor], baseline: Callable[[Replace], Tensor], cotangent: Tensor
    ) -> list[Tensor]:
        """Walk over the operations of the graph that is being traced."""
        return propagate_contributions(
            record_run(lambda: _collect_values(run)), record_run(lambda: _collect_values(baseline)), cotangent
        )


def _collect_values(run: Callable[[Replace], Tensor]) -> tuple[Tensor, list[Tensor]]:
    values: list[Tensor] = []

    def keep(_: int, value: Tensor) -> Tensor:
        values.append(tf.identity(value))
        return values[-1]

    return run(keep), values


def _is_floating(tensor: Tensor) -> bool:
    return bool(tf.is_tensor(tensor) and tensor.dtype.is_floating)
