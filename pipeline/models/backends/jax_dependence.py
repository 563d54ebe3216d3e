"""What was made from what in a program of JAX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax.extend.core import Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    Sources = frozenset[int]
    """The numbers of inputs."""

NOTHING: Sources = frozenset()


def is_floating(value: Any) -> bool:
    """Whether a value is a tensor that has gradients."""
    return hasattr(value, "dtype") and bool(jnp.issubdtype(value.dtype, jnp.floating))


def sources(function: Callable[[list[Any]], list[Any]], inputs: list[Any]) -> list[Sources]:
    """Of each output of `function(inputs)`, which of the inputs it was made from by way of floating numbers alone.

    Only shapes and types of the inputs count. What is made of them by a loop or an inner function counts as made from
    all that goes into that.
    """
    program = jax.make_jaxpr(function)(inputs).jaxpr
    known: dict[Any, Sources] = {variable: frozenset([number]) for number, variable in enumerate(program.invars)}

    def behind(variable: Any) -> Sources:
        return NOTHING if isinstance(variable, Literal) else known.get(variable, NOTHING)

    for equation in program.eqns:
        used = NOTHING.union(*map(behind, equation.invars))
        known |= {made: used for made in equation.outvars if is_floating(made.aval)}
    return [behind(variable) for variable in program.outvars]
