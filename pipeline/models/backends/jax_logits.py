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
def noting() -> Iterator[None]:
    """While this lasts, what jax.nn.softmax and jax.nn.sigmoid make, and copies in another type, is noted."""
    before: Any = (jax.nn.softmax, jax.nn.sigmoid, jax.numpy.asarray)
    jax.nn.softmax = _noted("softmax", before[0])
    jax.nn.sigmoid = _noted("sigmoid", before[1])
    jax.numpy.asarray = _handed_on(before[2])
    try:
        yield
    finally:
        jax.nn.softmax, jax.nn.sigmoid, jax.numpy.asarray = before


def source_of(made: Any) -> tuple[Any, str]:
    """What was put into the softmax or sigmoid that made a value, and its name; else the value and "linear"."""
    source: tuple[Any, str] = _sources.get(id(made), _Source(made, "linear"))
    return source


def _noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def noted(x: Any, *args: Any, **kwargs: Any) -> Any:
        made = function(x, *args, **kwargs)
        _keep(made, _Source(x, name))
        return made

    return noted


def _handed_on(function: Callable[..., Any]) -> Callable[..., Any]:
    def handed_on(a: Any, *args: Any, **kwargs: Any) -> Any:
        made = function(a, *args, **kwargs)
        if made is not a and (source := _sources.get(id(a))):
            _keep(made, source)
        return made

    return handed_on


def _keep(made: Any, source: _Source) -> None:
    _sources[id(made)] = source
    weakref.finalize(made, _sources.pop, id(made), None)
