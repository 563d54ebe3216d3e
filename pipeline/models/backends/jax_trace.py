"""Recorded run of a model on JAX: its calls, and which tensors were made from which, read off the traced program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import keras
from jax.extend.core import Literal, get_opaque_trace_state

from camlode.pipeline.models.backends.protocol import TracedRun
from camlode.pipeline.models.trace import record_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.models.trace import LayerCall

    SourceSet = frozenset[int]
    "Numbers of inputs."

NO_SOURCES: SourceSet = frozenset()


def is_floating(value: Any) -> bool:
    """Whether `value` is a tensor that has gradients."""
    return hasattr(value, "dtype") and bool(jnp.issubdtype(value.dtype, jnp.floating))


def find_sources(function: Callable[[list[Tensor]], list[Tensor]], inputs: list[Tensor]) -> list[SourceSet]:
    """For each output of `function(inputs)`, the inputs that it was made from through floating tensors alone.

    Only the shapes and types of the inputs matter. The result of a loop or an inner function counts as made from all
    that goes into it.
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
    """Trace the run with a zero added to each call's output; the program then shows what depends on which zero."""
    # Two runs: the first finds how many zeros of which shapes there are.
    shapes = _ZeroRecording(model, run).shapes()
    recording = _ZeroRecording(model, run)
    tensor_sources = find_sources(recording.run_with_zeros, shapes)
    sources_by_id = {id(tensor): found for tensor, found in zip(recording.known_tensors, tensor_sources, strict=True)}

    def depends_on(result: Tensor, numbers: Sequence[int]) -> list[bool]:
        found: SourceSet = NO_SOURCES.union(
            *(sources_by_id.get(id(each), NO_SOURCES) for each in keras.tree.flatten(result))
        )
        return [recording.zero_numbers.get(number) in found for number in numbers]

    return TracedRun(recording.calls, recording.output, depends_on)


class _ZeroRecording:
    """A run with zeros added to the calls' outputs; `zero_numbers`: from a call's number to its zero's."""

    def __init__(self, model: Any, run: Callable[[], Any]) -> None:
        self.calls: list[LayerCall] = []
        self.output: Tensor = None
        self.known_tensors: list[Tensor] = []
        self.zero_numbers: dict[int, int] = {}
        self._model = model
        self._run = run

    def shapes(self) -> list[Any]:
        """Shape and type of each zero."""
        floating: list[Any] = []

        def record_shape(output: Tensor) -> Tensor:
            floating.append(jax.ShapeDtypeStruct(output.shape, output.dtype))  # type: ignore[no-untyped-call]
            return output

        def run() -> None:
            self._record(record_shape)

        jax.eval_shape(run)
        return floating

    def run_with_zeros(self, zeros: list[Tensor]) -> list[Tensor]:
        """Run the model with these zeros; return all tensors whose sources are needed, also in `known_tensors`."""
        remaining = iter(zeros)
        outer = self._record(lambda output: output + next(remaining))
        every = [(call.inputs, call.original_output, call.output) for call in outer]
        found = {id(x): x for x in keras.tree.flatten((every, self.output)) if isinstance(x, jax.Array)}
        self.known_tensors = list(found.values())
        return self.known_tensors

    def _record(self, replace: Callable[[Tensor], Tensor]) -> list[LayerCall]:
        """The calls outside of the model's own loops; tensors of a loop's body are unknown outside of it."""
        here = get_opaque_trace_state()  # type: ignore[no-untyped-call]
        is_outer: list[bool] = []

        def watch(output: Tensor) -> Tensor:
            is_outer.append(get_opaque_trace_state() == here)  # type: ignore[no-untyped-call]
            if not (is_outer[-1] and is_floating(output)):
                return output
            self.zero_numbers[len(is_outer) - 1] = len(self.zero_numbers)
            return replace(output)

        with record_calls(self._model, watch) as self.calls:
            self.output = self._run()
        return [call for call, is_included in zip(self.calls, is_outer, strict=True) if is_included]
