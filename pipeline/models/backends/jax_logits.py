"""What went into a softmax or sigmoid: JAX's values don't know what they were made from, so it is noted as they are."""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import jax

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
