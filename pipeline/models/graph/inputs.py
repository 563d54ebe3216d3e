"""The placeholders of a graph: which the batches fill, and which a number does for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from config.errors import ModelError
from config.names import did_you_mean, join_words
from pipeline.models.graph.parts import PLACEHOLDERS, find_tensor, operation_name, tensor_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

_RANKS = {"ids": 2, "mask": 2, "length": 1}


class GraphInput(NamedTuple):
    """A placeholder that every batch fills with its "ids", "length" or "mask"."""

    name: str
    kind: str
    dtype: Any
    shape: tuple[int | None, ...]

    def build_array(self, ids: npt.NDArray[np.int32], mask: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
        """What a batch fills it with."""
        values = {"ids": ids, "mask": mask, "length": mask.sum(axis=1)}[self.kind]
        filled: npt.NDArray[Any] = values.astype(self.dtype.as_numpy_dtype)
        return filled


def fill_constants(graph: Any, inputs: Mapping[str, str | float] | None) -> Any:
    """The graph with each placeholder that has a number in `inputs` as that constant; changes nothing else."""
    numbers = {operation_name(name): value for name, value in (inputs or {}).items() if not isinstance(value, str)}
    filled = tf.compat.v1.GraphDef()
    filled.CopyFrom(graph)
    for node in filled.node:
        if node.name in numbers and node.op in PLACEHOLDERS:
            node.CopyFrom(_make_constant(node, numbers[node.name]))
    return filled


def _make_constant(node: Any, value: float) -> Any:
    dtype = tf.dtypes.as_dtype(node.attr["dtype"].type)
    shape = tf.TensorShape(node.attr["shape"].shape) if "shape" in node.attr else tf.TensorShape(None)
    if shape.rank is not None and not shape.is_fully_defined():
        raise ModelError(
            f"model.inputs: {node.name} is filled with {value!r}, but has the shape {shape}; expected a placeholder "
            "of a known shape for a number, or ids, length or mask"
        )
    sizes = shape.as_list() if shape.rank is not None else []
    constant = tf.compat.v1.NodeDef(name=node.name, op="Const")
    constant.attr["dtype"].type = dtype.as_datatype_enum
    constant.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value, dtype, sizes))
    return constant


def graph_inputs(graph: tf.Graph, inputs: Mapping[str, str | float] | None) -> list[GraphInput]:
    """The placeholders that batches fill, in the order of model.inputs; with None, the only one takes the ids.

    Raises ModelError: a placeholder is left out, isn't there, or hasn't the shape of what fills it.
    """
    needed = [operation.name for operation in graph.get_operations() if operation.type in PLACEHOLDERS[:2]]
    if inputs is None:
        inputs = {needed[0]: "ids"} if len(needed) == 1 else {}
    kinds = {operation_name(name): kind for name, kind in inputs.items() if isinstance(kind, str)}
    _check_all_filled(needed, kinds)
    if "ids" not in kinds.values():
        raise ModelError(f"model.inputs: no placeholder takes the ids; give one of {join_words(needed)} as `ids`")
    return [_make_input(graph, name, kind) for name, kind in kinds.items() if _is_used(graph, name)]


def _check_all_filled(needed: list[str], kinds: Mapping[str, str]) -> None:
    missing = [name for name in needed if name not in kinds]
    if missing:
        raise ModelError(
            f"model.inputs: the graph also needs {join_words(missing)}; say how each placeholder is filled, as "
            f"`{missing[0]}: ids` (or length, mask, or a number such as 1.0 for a dropout's keep probability)"
        )


def check_inputs(names: Sequence[str], inputs: Mapping[str, str | float] | None) -> None:
    """A ModelError where `inputs` names something that isn't among the `names` of a graph's placeholders."""
    for name in inputs or {}:
        if operation_name(name) not in names:
            raise ModelError(f"model.inputs: the graph has no placeholder {name!r}; {did_you_mean(name, names)}")


def _is_used(graph: tf.Graph, name: str) -> bool:
    """A placeholder that the answer doesn't depend on is pruned, and filled with nothing."""
    return name in {operation.name for operation in graph.get_operations()}


def _make_input(graph: tf.Graph, name: str, kind: str) -> GraphInput:
    tensor = find_tensor(name, graph, "model.inputs")
    rank = _RANKS[kind]
    shape = tuple(tensor.shape) if tensor.shape.rank is not None else (None,) * rank
    if len(shape) != rank or shape[0] is not None:
        expected = "(documents,)" if rank == 1 else "(documents, tokens)"
        raise ModelError(
            f"model.inputs: {name} is filled with {kind}, of the shape {expected} for any number of documents, but "
            f"has the shape {tensor.shape}; give it something else, or save the model with that shape"
        )
    return GraphInput(tensor_name(name), kind, tensor.dtype, shape)
