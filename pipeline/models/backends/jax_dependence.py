"""What was made from what in a program of JAX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax.extend.core import Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    SourceSet = frozenset[int]
    """The numbers of inputs."""

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
