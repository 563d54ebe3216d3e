"""One recorded run of a model on JAX."""
# MERGED: What was made from what in a program of JAX.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import keras
from jax.extend.core import Literal, get_opaque_trace_state

from camlode.pipeline.models.backends.protocol import TracedRun
from camlode.pipeline.models.trace import record_calls

if TYPE_CHECKING:
    from collections.abc import Callable

    SourceSet = frozenset[int]
    "The numbers of inputs."
    from collections.abc import Sequence

    from camlode.pipeline.models.trace import LayerCall

NO_SOURCES: SourceSet = frozenset()


def is_floating(value: Any) -> bool:
    """Whether a value is a tensor that has gradients."""
    return hasattr(value, "dtype") and bool(jnp.issubdtype(value.dtype, jnp.floating))


def find_sources(function: Callable[[list[Any]], list[Any]], inputs: list[Any]) -> list[SourceSet]:
    """Of each output of `function(inputs)`, which of the inputs it was made from by way of floating numbers alone.

    Only shapes and types of the inputs count. What is made of them by a loop or an inner function counts as made from
    all that goes into that.
    """
    program = jax.make_jaxpr(function)(inputs).jaxpr
    known: dict[Any, SourceSet] = {variable: frozenset([number]) for number, variable in enumerate(program.invars)}

    def sources_of_variable(variable: Any) -> SourceSet:
        return NO_SOURCES if isinstance(variable, Literal) else known.get(variable, NO_SOURCES)

    for equation in program.eqns:
        used = NO_SOURCES.union(*map(sources_of_variable, equation.invars))
        known |= {output: used for output in equation.outvars if is_floating(output.aval)}
    return [sources_of_variable(variable) for variable in program.outvars]


def trace_run(model: Any, run: Callable[[], Any]) -> TracedRun:
    """The run as a program: a zero is added to what each call makes, and what depends on which zero is read off it."""
    shapes = _ZeroRecording(model, run).shapes()
    recording = _ZeroRecording(model, run)
    tensor_sources = find_sources(recording.run_with_zeros, shapes)
    sources_by_id = {id(tensor): found for tensor, found in zip(recording.known_tensors, tensor_sources, strict=True)}

    def depends_on(result: Any, numbers: Sequence[int]) -> list[bool]:
        found: SourceSet = NO_SOURCES.union(
            *(sources_by_id.get(id(each), NO_SOURCES) for each in keras.tree.flatten(result))
        )
        return [recording.zero_numbers.get(number) in found for number in numbers]

    return TracedRun(recording.calls, recording.output, depends_on)


class _ZeroRecording:
    """What one run tells: `zero_numbers` gives the number of the zero that was added to what a call of a number made."""

    def __init__(self, model: Any, run: Callable[[], Any]) -> None:
        self.calls: list[LayerCall] = []
        self.output: Any = None
        self.known_tensors: list[Any] = []
        self.zero_numbers: dict[int, int] = {}
        self._model = model
        self._run = run

    def shapes(self) -> list[Any]:
        """The shape and type of each zero."""
        floating: list[Any] = []

        def record_shape(output: Any) -> Any:
            floating.append(jax.ShapeDtypeStruct(output.shape, output.dtype))  # type: ignore[no-untyped-call]
            return output

        def run() -> None:
            self._record(record_shape)

        jax.eval_shape(run)
        return floating

    def run_with_zeros(self, zeros: list[Any]) -> list[Any]:
        """Runs the model with these zeros; gives every tensor that may be asked about, which `known_tensors` has too."""
        left = iter(zeros)
        outer = self._record(lambda output: output + next(left))
        every = [(call.inputs, call.original_output, call.output) for call in outer]
        found = {id(x): x for x in keras.tree.flatten((every, self.output)) if isinstance(x, jax.Array)}
        self.known_tensors = list(found.values())
        return self.known_tensors

    def _record(self, replace: Callable[[Any], Any]) -> list[LayerCall]:
        """The calls that aren't made inside a loop of the model's, whose tensors are unknown outside of it."""
        here = get_opaque_trace_state()  # type: ignore[no-untyped-call]
        is_outer: list[bool] = []

        def watch(output: Any) -> Any:
            is_outer.append(get_opaque_trace_state() == here)  # type: ignore[no-untyped-call]
            if not (is_outer[-1] and is_floating(output)):
                return output
            self.zero_numbers[len(is_outer) - 1] = len(self.zero_numbers)
            return replace(output)

        with record_calls(self._model, watch) as self.calls:
            self.output = self._run()
        return [call for call, is_included in zip(self.calls, is_outer, strict=True) if is_included]
