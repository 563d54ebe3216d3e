"""JAX backend: gradients with respect to zeros that are added to the target layers' outputs.

The gradient with respect to an added zero is that with respect to the output, and runs through no layer before it.
TensorFlow is never imported, and its graphs can't be run.
"""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import jax
import keras
import numpy as np

from camlode.config.errors import ModelError
from camlode.pipeline.models.backends.jax_trace import trace_run
from camlode.pipeline.models.backends.protocol import TracedRun, Vjp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.models.backends.protocol import Replace
    from camlode.pipeline.models.classifier import InputSpec


class _Source(NamedTuple):
    logits: Tensor
    name: str


# JAX's arrays don't know what they were made from, so the inputs of softmax and sigmoid are recorded as these are
# called: by the id of the result, for as long as it lives.
_sources: dict[int, _Source] = {}


@contextmanager
def record_logits() -> Iterator[None]:
    """Record the results of jax.nn.softmax and jax.nn.sigmoid, and their copies in another type, inside the context."""
    # Keras looks these functions up in their modules at each call, so replacing them there is enough; asarray is what
    # keras.ops.cast calls.
    before: Any = (jax.nn.softmax, jax.nn.sigmoid, jax.numpy.asarray)
    jax.nn.softmax = _record_source("softmax", before[0])
    jax.nn.sigmoid = _record_source("sigmoid", before[1])
    jax.numpy.asarray = _copy_source(before[2])
    try:
        yield
    finally:
        jax.nn.softmax, jax.nn.sigmoid, jax.numpy.asarray = before


def find_source(result: Tensor) -> tuple[Tensor, str]:
    """The input of the softmax or sigmoid that made `result`, and its name; else `result` and "linear"."""
    source: tuple[Tensor, str] = _sources.get(id(result), _Source(result, "linear"))
    return source


def _record_source(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def recording(x: Any, *args: Any, **kwargs: Any) -> Any:
        result = function(x, *args, **kwargs)
        _remember(result, _Source(x, name))
        return result

    return recording


def _copy_source(function: Callable[..., Any]) -> Callable[..., Any]:
    def copying(a: Any, *args: Any, **kwargs: Any) -> Any:
        result = function(a, *args, **kwargs)
        if result is not a and (source := _sources.get(id(a))):
            _remember(result, source)
        return result

    return copying


def _remember(result: Any, source: _Source) -> None:
    _sources[id(result)] = source
    weakref.finalize(result, _sources.pop, id(result), None)


class Backend:
    """Keras on JAX."""

    dynamic = False

    def tracing(self) -> AbstractContextManager[None]:
        """Record the inputs of softmax and sigmoid inside the context, for `find_logits`."""
        return record_logits()

    def trace_run(self, model: Any, run: Callable[[], Any]) -> TracedRun:
        """Run the model once as an abstract program, recording all layers."""
        return trace_run(model, run)

    def vjp(self, run: Callable[[Replace], tuple[Tensor, Any]]) -> Vjp:
        """Run `run(replace)` with a zero added to each value that `replace` is given."""
        # A first, abstract run finds the shapes of the zeros.
        shapes = jax.eval_shape(lambda: _trace_values(run))

        def run_with_zeros(zeros: list[Tensor]) -> tuple[Tensor, Any]:
            remaining = iter(zeros)
            values: list[Tensor] = []

            def add_zero(_: int, value: Tensor) -> Tensor:
                values.append(value + next(remaining))
                return values[-1]

            result, aux = run(add_zero)
            return result, (aux, values)

        zeros = [jax.numpy.zeros(shape.shape, shape.dtype) for shape in shapes]
        result, pullback, (aux, values) = jax.vjp(run_with_zeros, zeros, has_aux=True)

        def pullback_sums(cotangent: Tensor) -> list[Tensor]:
            return [jax.numpy.sum(_to_float32(gradient), axis=1) for gradient in pullback(cotangent)[0]]

        return Vjp(result, aux, values, lambda cotangent: pullback(cotangent)[0], pullback_sums)

    def find_logits(self, output: Tensor) -> tuple[Tensor, str]:
        """Look up what was recorded while the model ran."""
        return find_source(output)

    def map_each(self, function: Callable[[Tensor], list[Tensor]], items: Tensor, *, outputs: int) -> list[Tensor]:  # noqa: ARG002
        """Call `function` for each of `items` in turn."""
        # Not in parallel: each call is of a whole batch, which keeps all cores busy and needs its own memory.
        return list(jax.lax.map(function, items))

    def compile(
        self,
        function: Callable[..., Any],
        model: Any,
        _: Sequence[InputSpec],
        sample: Sequence[Any],
        **fixed: int,
    ) -> Callable[..., Any]:
        """Compile a program for each shape when it first comes; here `sample` is only traced.

        The model's weights are passed with each call: they aren't constants of the program, and may change.
        """
        variables = model.model.variables

        def run(weights: list[Any], arrays: list[Any], fixed: tuple[tuple[str, int], ...]) -> Any:
            with keras.StatelessScope(state_mapping=list(zip(variables, weights, strict=True))):
                return function(*arrays, **dict(fixed))

        program = jax.jit(run, static_argnames="fixed")

        def call(*arrays: Any, **fixed: int) -> Any:
            result = program(_variable_values(variables), list(arrays), fixed=tuple(sorted(fixed.items())))
            return jax.tree.map(np.asarray, result)

        program.trace(_variable_values(variables), list(sample), fixed=tuple(sorted(fixed.items())))
        return call

    def propagate_relevances(self, *_: Any, **__: Any) -> NoReturn:
        """Raise a ModelError: the walk needs the operations of a TensorFlow graph."""
        raise ModelError("lrp needs model.backend: tensorflow; with jax, choose another attribution.method")

    def propagate_contributions(self, *_: Any, **__: Any) -> NoReturn:
        """Raise a ModelError: the walk needs the operations of a TensorFlow graph."""
        raise ModelError("deeplift needs model.backend: tensorflow; with jax, choose another attribution.method")


def _trace_values(run: Callable[[Replace], tuple[Tensor, Any]]) -> list[Tensor]:
    values: list[Tensor] = []

    def keep(_: int, value: Tensor) -> Tensor:
        values.append(value)
        return value

    run(keep)
    return values


def _to_float32(gradient: Tensor) -> Tensor:
    """The same in float32 if it has fewer bits, which are too few for sums."""
    return gradient.astype("float32") if gradient.dtype.itemsize < 4 else gradient


def _variable_values(variables: Sequence[Any]) -> list[Any]:
    return [variable.value for variable in variables]
