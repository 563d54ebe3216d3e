"""Operations of a graph between a model's sources and its output: their kinds, by TensorFlow's names, and their order.

A kind decides on the propagation rule. An operation without a kind can't be walked back over; `find_unsupported` says
why, in one line that names the layer.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class OperationKind(Enum):
    """What an operation does to the inputs that depend on the text; its other inputs are constants."""

    WEIGHTED_SUM = auto()
    SHIFT = auto()
    """Adds a constant, as a bias does."""
    REARRANGEMENT = auto()
    """Moves, copies, drops or scales values: each output is a constant times one input."""
    SELECTION = auto()
    """The largest or smallest of several values."""
    ACTIVATION = auto()
    """A function of one number, the same for all elements."""


CONTRACTIONS = frozenset(
    ["MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Conv2D", "DepthwiseConv2dNative", "Einsum"]
)
SCALES = frozenset({"Mul", "RealDiv", "Div", "DivNoNan"})
ADDITIONS = frozenset({"Add", "AddV2", "AddN", "Sub", "BiasAdd", "BiasAddV1"})
_EXTREMA = frozenset({"Maximum", "Minimum"})
_BINARY_FUNCTIONS = frozenset({"Pow", "SquaredDifference"})
# If two inputs depend on the text, these may still be one function of one number, such as x * sigmoid(x).
FUSIBLE = SCALES | _EXTREMA | _BINARY_FUNCTIONS

# fmt: off
_ACTIVATIONS = frozenset([
    "Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "Sigmoid", "Tanh", "Softplus", "Softsign", "Square", "Sqrt",
    "Rsqrt", "Reciprocal", "Inv", "Exp", "Expm1", "Log", "Log1p", "Erf", "Erfc", "Abs", "Sin", "Cos", "Atan",
    "ClipByValue",
])
_SUMS = frozenset({"Mean", "Sum", "AvgPool", "Cumsum"})
_REARRANGEMENTS = frozenset([
    "Reshape", "Squeeze", "ExpandDims", "ConcatV2", "Pad", "PadV2", "MirrorPad", "StridedSlice", "Slice",
    "Transpose", "GatherV2", "GatherNd", "Identity", "IdentityN", "Cast", "SelectV2", "Select", "SpaceToBatchND",
    "BatchToSpaceND", "Tile", "BroadcastTo", "Pack", "Unpack", "Split", "SplitV", "ReverseV2", "ReverseSequence",
    "Roll", "Neg", "EnsureShape",
])
# fmt: on
_KINDS = {
    **dict.fromkeys(_ACTIVATIONS, OperationKind.ACTIVATION),
    **dict.fromkeys(_SUMS, OperationKind.WEIGHTED_SUM),
    **dict.fromkeys(_REARRANGEMENTS, OperationKind.REARRANGEMENT),
    **dict.fromkeys(("Max", "Min", "MaxPool"), OperationKind.SELECTION),
}
_ELEMENTWISE = FUSIBLE | _ACTIVATIONS | (ADDITIONS - {"BiasAdd", "BiasAddV1"}) | {"Neg", "Identity", "Cast"}
_BATCH_NORMS = frozenset({"FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"})


def classify_operation(operation: Any, positions: Sequence[int]) -> OperationKind | None:
    """The operation's kind if its inputs at `positions` depend on the text; None if it has no rule."""
    several = len(positions) > 1
    if operation.type in ADDITIONS:
        return OperationKind.WEIGHTED_SUM if several else OperationKind.SHIFT
    if operation.type in _EXTREMA and several:
        return OperationKind.SELECTION
    if operation.type in CONTRACTIONS | FUSIBLE:
        return None if several else _classify_with_constant(operation, positions[0])
    if operation.type in _BATCH_NORMS:
        fixed = not operation.get_attr("is_training") and list(positions) == [0]
        return OperationKind.WEIGHTED_SUM if fixed else None
    return _KINDS.get(operation.type)


def is_product(operation: Any) -> bool:
    """Whether the operation multiplies its inputs, or divides one by the other."""
    return operation.type in CONTRACTIONS | SCALES


def is_elementwise(operation: Any) -> bool:
    """Whether each output element is made only from the input elements at the same place."""
    return operation.type in _ELEMENTWISE


def _classify_with_constant(operation: Any, position: int) -> OperationKind:
    if operation.type in CONTRACTIONS:
        return OperationKind.WEIGHTED_SUM
    # A constant divided by a value is a nonlinear function; a value divided by a constant is a scale.
    divides = operation.type != "Mul" and position == 1
    return OperationKind.REARRANGEMENT if operation.type in SCALES and not divides else OperationKind.ACTIVATION


# Their outputs depend on the shape of a value, not on the value.
_SHAPES_ONLY = frozenset({"Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike"})


class Step(NamedTuple):
    """An operation to walk back over, its kind (None: it has no rule), and its distinct inputs that depend on a source.

    If several operations make up one function of one number, such as x * sigmoid(x), the step has the last one's
    outputs and the first one's input.
    """

    operation: Any
    kind: OperationKind | None
    inputs: tuple[Any, ...]


def find_steps(output: Any, sources: Sequence[Any], operations: Sequence[Any]) -> list[Step]:
    """The steps from the output back to the sources, last operation first; none if it doesn't depend on them."""
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
        # The operation of a source itself has no inputs that depend on a source.
        if step.inputs:
            steps.append(step)
    return steps


def find_dependents(sources: Iterable[Any], operations: Iterable[Any], *, conditions: bool) -> set[str]:
    """Names of the tensors made from the sources through floating tensors, or with `conditions` also through
    integers and booleans."""
    reached = {source.name for source in sources}
    for operation in operations:
        if operation.type in _SHAPES_ONLY or reached.isdisjoint(tensor.name for tensor in operation.inputs):
            continue
        reached |= {tensor.name for tensor in operation.outputs if conditions or not _is_discrete(tensor)}
    return reached


def _is_discrete(tensor: Any) -> bool:
    """Whether it holds integers, booleans or strings; lists of tensors and the like count as floating."""
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
    # A scale with a shift is a separate layer, as in batch normalisation; a scale alone belongs to its neighbour.
    if kind is OperationKind.REARRANGEMENT and operation.type in SCALES and is_shifted:
        kind = OperationKind.WEIGHTED_SUM
    return Step(operation, kind, tuple(inputs.values()))


def _find_only_root(tensors: dict[str, Any], reached: set[str], order: dict[str, int]) -> Any | None:
    """The last tensor before `tensors` of which all of them are elementwise functions; None if there isn't one."""
    # Replaces the latest tensor by its inputs until one is left.
    found = dict(tensors)
    while len(found) > 1:
        operation = found.pop(max(found, key=lambda name: order.get(name, -1))).op
        if not is_elementwise(operation):
            return None
        found |= {tensor.name: tensor for tensor in operation.inputs if tensor.name in reached}
    return next(iter(found.values()))


def _same_shape(tensor: Any, operation: Any) -> bool:
    return bool(tensor.shape.is_compatible_with(operation.outputs[0].shape))


def find_unsupported(
    operations: Sequence[Any], sources: Sequence[Any], steps: Sequence[Step], *, allow_conditions: bool
) -> str | None:
    """Why one of the steps has no rule, or None; products and loops are named before anything else."""
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
    """The layer in the operation's name, without the model before and the operation behind it."""
    # Labels are explained in a loop, whose name stands before the layer's.
    scopes = operation.name.removeprefix("map/while/").split("/")[:-1]
    layer = "/".join(scopes[1:] or scopes) or operation.name
    return f"layer '{layer}' (operation {operation.type})"
