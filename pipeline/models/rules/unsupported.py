"""Why a method cannot go back over a run's operations, in one line that names the layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.models.rules.kinds import is_product
from pipeline.models.rules.steps import Step, find_dependents

if TYPE_CHECKING:
    from collections.abc import Sequence


def find_unsupported(
    operations: Sequence[Any], sources: Sequence[Any], steps: Sequence[Step], *, allow_conditions: bool
) -> str | None:
    """The reason why one of the steps cannot be taken, or None; products and loops are named before anything else."""
    forward = list(reversed(steps))
    without_rule = [step.operation for step in forward if step.kind is None]
    if without_rule:
        return _describe_unsupported(
            min(without_rule, key=lambda operation: (not is_product(operation), not _is_loop(operation)))
        )
    if allow_conditions:
        return None
    touched = find_dependents(sources, operations, conditions=True) - find_dependents(
        sources, operations, conditions=False
    )
    for step in forward:
        if not touched.isdisjoint(tensor.name for tensor in step.operation.inputs):
            return f"{_describe_layer(step.operation)} depends on a condition that itself depends on the text"
    return None


def _describe_unsupported(operation: Any) -> str:
    if _is_loop(operation):
        return f"{_describe_layer(operation)} runs a loop over values that depend on the text"
    if not is_product(operation):
        return f"{_describe_layer(operation)} has no rule"
    verb = "divides" if "Div" in operation.type else "multiplies"
    return f"{_describe_layer(operation)} {verb} two values that both depend on the text"


def _is_loop(operation: Any) -> bool:
    return operation.type in ("While", "StatelessWhile")


def _describe_layer(operation: Any) -> str:
    """The layer as the operation's name tells it: without the model before it and the operation behind it."""
    # Where several labels are explained one after the other, all stands in a loop.
    scopes = operation.name.removeprefix("map/while/").split("/")[:-1]
    layer = "/".join(scopes[1:] or scopes) or operation.name
    return f"layer '{layer}' (operation {operation.type})"
