"""JAX: gradients with respect to zeros that are added to explained values, so that none runs through what lies before.

Keras on JAX alone: nothing of TensorFlow is imported, and its graphs are not run.
"""
# MERGED: What went into a softmax or sigmoid: JAX's values don't know what they were made from, so it is noted as they are.

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

    from camlode.pipeline.models.backends.protocol import Replace
    from camlode.pipeline.models.classifier import InputSpec


class _Source(NamedTuple):
    logits: Any
    name: str


# By the id of what was made, for as long as that lives.
_sources: dict[int, _Source] = {}


@contextmanager
def record_logits() -> Iterator[None]:
    """While this lasts, what jax.nn.softmax and jax.nn.sigmoid make, and copies in another type, is noted."""
    before: Any = (jax.nn.softmax, jax.nn.sigmoid, jax.numpy.asarray)
    jax.nn.softmax = _record_source("softmax", before[0])
    jax.nn.sigmoid = _record_source("sigmoid", before[1])
    jax.numpy.asarray = _copy_source(before[2])
    try:
        yield
    finally:
        jax.nn.softmax, jax.nn.sigmoid, jax.numpy.asarray = before


def find_source(result: Any) -> tuple[Any, str]:
    """What was put into the softmax or sigmoid that made a value, and its name; else the value and "linear"."""
    source: tuple[Any, str] = _sources.get(id(result), _Source(result, "linear"))
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
        """While this lasts, what goes into a softmax or sigmoid is noted for `find_logits`."""
        return record_logits()

    def trace_run(self, model: Any, run: Callable[[], Any]) -> TracedRun:
        """Runs the model once, without computing anything, recording every layer."""
        return trace_run(model, run)

    def vjp(self, run: Callable[[Replace], tuple[Any, Any]]) -> Vjp:
        """Runs `run(replace)` with a zero added to each value that `replace` is given."""
        shapes = jax.eval_shape(lambda: _trace_values(run))

        def shifted(zeros: list[Any]) -> tuple[Any, Any]:
            left = iter(zeros)
            values: list[Any] = []

            def shift(_: int, value: Any) -> Any:
                values.append(value + next(left))
                return values[-1]

            result, aux = run(shift)
            return result, (aux, values)

        zeros = [jax.numpy.zeros(shape.shape, shape.dtype) for shape in shapes]
        result, pullback, (aux, values) = jax.vjp(shifted, zeros, has_aux=True)

        def pullback_sums(cotangent: Any) -> list[Any]:
            return [jax.numpy.sum(_to_float32(gradient), axis=1) for gradient in pullback(cotangent)[0]]

        return Vjp(result, aux, values, lambda cotangent: pullback(cotangent)[0], pullback_sums)

    def find_logits(self, output: Any) -> tuple[Any, str]:
        """Looks up what was noted while the model ran."""
        return find_source(output)

    def map_each(self, function: Callable[[Any], list[Any]], items: Any, *, outputs: int) -> list[Any]:  # noqa: ARG002
        """One after the other: each is a whole batch, and keeps the cores busy by itself."""
        return list(jax.lax.map(function, items))

    def compile(
        self,
        function: Callable[..., Any],
        model: Any,
        _: Sequence[InputSpec],
        sample: Sequence[Any],
        **fixed: int,
    ) -> Callable[..., Any]:
        """A program for each shape that comes, made when it comes; `sample` is only traced.

        The model's weights are handed over with each call: they aren't constants of the program, and may change.
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
        """Needs the operations of a graph one by one."""
        raise ModelError("lrp needs model.backend: tensorflow; with jax, choose another attribution.method")

    def propagate_contributions(self, *_: Any, **__: Any) -> NoReturn:
        """Needs the operations of a graph one by one."""
        raise ModelError("deeplift needs model.backend: tensorflow; with jax, choose another attribution.method")


def _trace_values(run: Callable[[Replace], tuple[Any, Any]]) -> list[Any]:
    values: list[Any] = []

    def keep(_: int, value: Any) -> Any:
        values.append(value)
        return value

    run(keep)
    return values


def _to_float32(gradient: Any) -> Any:
    """The same in float32, where it has fewer bits: sums need them."""
    return gradient.astype("float32") if gradient.dtype.itemsize < 4 else gradient


def _variable_values(variables: Sequence[Any]) -> list[Any]:
    return [variable.value for variable in variables]
