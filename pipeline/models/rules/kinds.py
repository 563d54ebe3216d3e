"""The kinds of operations that relevance can be sent back through, by the names that TensorFlow gives to operations."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class OperationKind(Enum):
    """What an operation does with those of its inputs that depend on the text; its other inputs are constants."""

    WEIGHTED_SUM = auto()
    SHIFT = auto()
    """Adds a constant, as a bias does."""
    REARRANGEMENT = auto()
    """Moves, copies, leaves out or scales values: each output is a constant times one input."""
    SELECTION = auto()
    """The largest or smallest of several values."""
    ACTIVATION = auto()
    """A function of one number, the same at every place."""


CONTRACTIONS = frozenset(
    ["MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Conv2D", "DepthwiseConv2dNative", "Einsum"]
)
SCALES = frozenset({"Mul", "RealDiv", "Div", "DivNoNan"})
ADDITIONS = frozenset({"Add", "AddV2", "AddN", "Sub", "BiasAdd", "BiasAddV1"})
_EXTREMA = frozenset({"Maximum", "Minimum"})
_BINARY_FUNCTIONS = frozenset({"Pow", "SquaredDifference"})
# Where two inputs depend on the text, these may still be one function of one number, such as x * sigmoid(x).
FUSIBLE = SCALES | _EXTREMA | _BINARY_FUNCTIONS

_ACTIVATIONS = frozenset(
    [
        "Relu",
        "Relu6",
        "LeakyRelu",
        "Elu",
        "Selu",
        "Sigmoid",
        "Tanh",
        "Softplus",
        "Softsign",
        "Square",
        "Sqrt",
        "Rsqrt",
        "Reciprocal",
        "Inv",
        "Exp",
        "Expm1",
        "Log",
        "Log1p",
        "Erf",
        "Erfc",
        "Abs",
        "Sin",
        "Cos",
        "Atan",
        "ClipByValue",
    ]
)
_SUMS = frozenset({"Mean", "Sum", "AvgPool", "Cumsum"})
_REARRANGEMENTS = frozenset(
    [
        "Reshape",
        "Squeeze",
        "ExpandDims",
        "ConcatV2",
        "Pad",
        "PadV2",
        "MirrorPad",
        "StridedSlice",
        "Slice",
        "Transpose",
        "GatherV2",
        "GatherNd",
        "Identity",
        "IdentityN",
        "Cast",
        "SelectV2",
        "Select",
        "SpaceToBatchND",
        "BatchToSpaceND",
        "Tile",
        "BroadcastTo",
        "Pack",
        "Unpack",
        "Split",
        "SplitV",
        "ReverseV2",
        "ReverseSequence",
        "Roll",
        "Neg",
        "EnsureShape",
    ]
)
_KINDS = {
    **dict.fromkeys(_ACTIVATIONS, OperationKind.ACTIVATION),
    **dict.fromkeys(_SUMS, OperationKind.WEIGHTED_SUM),
    **dict.fromkeys(_REARRANGEMENTS, OperationKind.REARRANGEMENT),
    **dict.fromkeys(("Max", "Min", "MaxPool"), OperationKind.SELECTION),
}
_ELEMENTWISE = FUSIBLE | _ACTIVATIONS | (ADDITIONS - {"BiasAdd", "BiasAddV1"}) | {"Neg", "Identity", "Cast"}
_BATCH_NORMS = frozenset({"FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"})


def classify_operation(operation: Any, positions: Sequence[int]) -> OperationKind | None:
    """The operation's kind if its inputs at `positions` depend on the text, or None where it has no rule."""
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
    """Whether each output is made from the inputs at the same place alone."""
    return operation.type in _ELEMENTWISE


def _classify_with_constant(operation: Any, position: int) -> OperationKind:
    if operation.type in CONTRACTIONS:
        return OperationKind.WEIGHTED_SUM
    # A constant divided by a value is a curve; a value divided by a constant is a scale.
    divides = operation.type != "Mul" and position == 1
    return OperationKind.REARRANGEMENT if operation.type in SCALES and not divides else OperationKind.ACTIVATION
