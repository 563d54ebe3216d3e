"""One recorded run of a model on JAX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import keras
from jax.extend.core import get_opaque_trace_state

from pipeline.models.backends.jax_dependence import NOTHING, is_floating, sources
from pipeline.models.backends.protocol import TracedRun
from pipeline.models.trace import recorded_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.models.backends.jax_dependence import Sources
    from pipeline.models.trace import LayerCall


def traced_run(model: Any, run: Callable[[], Any]) -> TracedRun:
    """The run as a program: a zero is added to what each call makes, and what depends on which zero is read off it."""
    shapes = _Recording(model, run).shapes()
    recording = _Recording(model, run)
    behind = sources(recording.tensors, shapes)
    by_tensor = {id(tensor): found for tensor, found in zip(recording.kept, behind, strict=True)}

    def depends_on(result: Any, numbers: Sequence[int]) -> list[bool]:
        found: Sources = NOTHING.union(*(by_tensor.get(id(each), NOTHING) for each in keras.tree.flatten(result)))
        return [recording.zero_of.get(number) in found for number in numbers]

    return TracedRun(recording.calls, recording.output, depends_on)


class _Recording:
    """What one run tells: `zero_of` gives the number of the zero that was added to what a call of a number made."""

    def __init__(self, model: Any, run: Callable[[], Any]) -> None:
        self.calls: list[LayerCall] = []
        self.output: Any = None
        self.kept: list[Any] = []
        self.zero_of: dict[int, int] = {}
        self._model = model
        self._run = run

    def shapes(self) -> list[Any]:
        """The shape and type of each zero."""
        floating: list[Any] = []

        def seen(output: Any) -> Any:
            floating.append(jax.ShapeDtypeStruct(output.shape, output.dtype))  # type: ignore[no-untyped-call]
            return output

        def run() -> None:
            self._record(seen)

        jax.eval_shape(run)
        return floating

    def tensors(self, zeros: list[Any]) -> list[Any]:
        """Runs the model with these zeros; gives every tensor that may be asked about, which `kept` has too."""
        left = iter(zeros)
        outer = self._record(lambda output: output + next(left))
        every = [(call.inputs, call.made, call.output) for call in outer]
        found = {id(x): x for x in keras.tree.flatten((every, self.output)) if isinstance(x, jax.Array)}
        self.kept = list(found.values())
        return self.kept

    def _record(self, replace: Callable[[Any], Any]) -> list[LayerCall]:
        """The calls that aren't made inside a loop of the model's, whose tensors are unknown outside of it."""
        here = get_opaque_trace_state()  # type: ignore[no-untyped-call]
        is_outer: list[bool] = []

        def watch(output: Any) -> Any:
            is_outer.append(get_opaque_trace_state() == here)  # type: ignore[no-untyped-call]
            if not (is_outer[-1] and is_floating(output)):
                return output
            self.zero_of[len(is_outer) - 1] = len(self.zero_of)
            return replace(output)

        with recorded_calls(self._model, watch) as self.calls:
            self.output = self._run()
        return [call for call, is_one in zip(self.calls, is_outer, strict=True) if is_one]
