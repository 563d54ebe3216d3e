"""The operations between a model's sources and its output, each with its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.models.rules.kinds import FUSIBLE, SCALES, OperationKind, classify_operation, is_elementwise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What these give says how large a value is and not what it is.
_SHAPES_ONLY = frozenset({"Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike"})


class Step(NamedTuple):
    """An operation on the way, its kind (None: it has no rule), and those inputs, each once, that depend on a source.

    Where several operations make one function of one number, such as x * sigmoid(x), the step has the last one's
    outputs and the first one's input.
    """

    operation: Any
    kind: OperationKind | None
    inputs: tuple[Any, ...]


def find_steps(output: Any, sources: Sequence[Any], operations: Sequence[Any]) -> list[Step]:
    """The steps from the output back to the sources, the last one first; none where it doesn't depend on them."""
    reached = find_dependents(sources, operations, conditions=False)
    order = {tensor.name: number for number, operation in enumerate(operations) for tensor in operation.outputs}
    needed, shifted_names, steps = {output.name}, set[str](), list[Step]()
    for operation in reversed(operations):
        if needed.isdisjoint(each.name for each in operation.outputs if each.name in reached):
            continue
        step = _make_step(operation, reached, order, is_shifted=operation.outputs[0].name in shifted_names)
        names = {tensor.name for tensor in step.inputs}
        needed |= names
        if step.kind is OperationKind.SHIFT:
            shifted_names |= names
        # A source that is itself made of nothing on the way has no inputs there.
        if step.inputs:
            steps.append(step)
    return steps


def find_dependents(sources: Iterable[Any], operations: Iterable[Any], *, conditions: bool) -> set[str]:
    """The names of the tensors made from the sources: the floating ones made from floating ones, or with `conditions`
    those made through integers and truth values too."""
    reached = {source.name for source in sources}
    for operation in operations:
        if operation.type in _SHAPES_ONLY or reached.isdisjoint(tensor.name for tensor in operation.inputs):
            continue
        reached |= {tensor.name for tensor in operation.outputs if conditions or not _is_discrete(tensor)}
    return reached


def _is_discrete(tensor: Any) -> bool:
    """Whether it holds integers, truth values or strings; lists of tensors and the like count as floating."""
    return bool(tensor.dtype.is_integer or tensor.dtype.is_bool or tensor.dtype.name == "string")


def _make_step(operation: Any, reached: set[str], order: dict[str, int], *, is_shifted: bool) -> Step:
    positions = [number for number, tensor in enumerate(operation.inputs) if tensor.name in reached]
    inputs = {operation.inputs[number].name: operation.inputs[number] for number in positions}
    if not positions:
        return Step(operation, None, ())
    if operation.type in FUSIBLE and len(positions) > 1:
        root = _find_only_root(inputs, reached, order)
        if root is not None and _same_shape(root, operation):
            return Step(operation, OperationKind.ACTIVATION, (root,))
    kind = classify_operation(operation, positions)
    if kind is OperationKind.ACTIVATION and not _same_shape(operation.inputs[positions[0]], operation):
        kind = None
    # A scale and a shift are a layer of their own, as in batch normalisation; a scale alone is part of another.
    if kind is OperationKind.REARRANGEMENT and operation.type in SCALES and is_shifted:
        kind = OperationKind.WEIGHTED_SUM
    return Step(operation, kind, tuple(inputs.values()))


def _find_only_root(tensors: dict[str, Any], reached: set[str], order: dict[str, int]) -> Any | None:
    """The tensor, the last one before them, of which alone all `tensors` are functions place by place; or None."""
    found = dict(tensors)
    while len(found) > 1:
        operation = found.pop(max(found, key=lambda name: order.get(name, -1))).op
        if not is_elementwise(operation):
            return None
        found |= {tensor.name: tensor for tensor in operation.inputs if tensor.name in reached}
    return next(iter(found.values()))


def _same_shape(tensor: Any, operation: Any) -> bool:
    return bool(tensor.shape.is_compatible_with(operation.outputs[0].shape))
