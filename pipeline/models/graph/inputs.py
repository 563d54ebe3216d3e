"""Parts of a GraphDef: tensors by name, the subgraph that an output needs, and the placeholders that are its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from camlode.config.errors import ModelError, did_you_mean, join_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from camlode.pipeline.arrays import AnyArray, BoolArray, Int32Array

PLACEHOLDERS = ("Placeholder", "PlaceholderV2", "PlaceholderWithDefault")


def operation_name(name: str) -> str:
    """Name of the operation of the tensor `name`, or of the operation that a node's input names."""
    return name.removeprefix("^").partition(":")[0]


def tensor_name(name: str) -> str:
    """Full name of a tensor; an operation's name means its first output."""
    return name if ":" in name else f"{name}:0"


def check_operation(name: str, graph: Any, option: str) -> None:
    """Raise a ModelError unless the graph has the operation of the tensor `name`."""
    names = [node.name for node in graph.node]
    if operation_name(name) not in names:
        shown = [node.name for node in graph.node if node.op != "Const"]
        raise ModelError(f"{option}: the graph has no tensor {name!r}; {did_you_mean(operation_name(name), shown)}")


def find_tensor(name: str, graph: tf.Graph, option: str) -> Any:
    """The tensor `name` of a graph that has its operation; raises a ModelError if the operation has no such output."""
    operation = graph.get_operation_by_name(operation_name(name))
    try:
        return graph.get_tensor_by_name(tensor_name(name))
    except (KeyError, ValueError) as error:
        outputs = ", ".join(tensor.name for tensor in operation.outputs) or "none"
        message = f"{option}: {name!r} is no tensor; the outputs of {operation.name!r} are: {outputs}"
        raise ModelError(message) from error


class Subgraph(NamedTuple):
    """The part of a graph that computes `fetches` from `feeds`, all names of tensors."""

    definition: Any
    feeds: tuple[str, ...]
    fetches: tuple[str, ...]

    def import_into_graph(self, values: Mapping[str, Any]) -> list[Any]:
        """Import the part into the current graph, with `values` for its feeds; return the fetches."""
        fed = {name: values[name] for name in self.feeds}
        returned: list[Any] = tf.graph_util.import_graph_def(self.definition, fed, list(self.fetches), name="graph")
        return returned

    def compile(self, specs: Mapping[str, tf.TensorSpec]) -> Any:
        """Compile to a function from the feeds, in order, to a list of the fetches; a tape can differentiate it."""

        def run(*values: Any) -> list[Any]:
            return self.import_into_graph(dict(zip(self.feeds, values, strict=True)))

        return tf.compat.v1.wrap_function(run, [specs[name] for name in self.feeds])


def extract_subgraph(graph: Any, feeds: Iterable[str], fetches: Sequence[str]) -> Subgraph:
    """The part that computes `fetches` from `feeds`, without what only feeds need; and the feeds that it uses."""
    nodes = {node.name: node for node in graph.node}
    fed = set(feeds)
    used: dict[str, None] = {}
    needed: set[str] = set()
    pending = [operation_name(name) for name in fetches]
    while pending:
        name = pending.pop()
        if name in needed:
            continue
        needed.add(name)
        for source in nodes[name].input:
            if source[0] != "^" and tensor_name(source) in fed:
                used[tensor_name(source)] = None
            else:
                pending.append(operation_name(source))
    subgraph = tf.compat.v1.GraphDef(versions=graph.versions, library=graph.library)
    subgraph.node.extend(node for node in graph.node if node.name in needed)
    return Subgraph(subgraph, tuple(used), tuple(map(tensor_name, fetches)))


def reachable_nodes(graph: Any) -> Iterator[Any]:
    """The graph's nodes, and those of the functions that they call, at any depth."""
    functions = {function.signature.name: function for function in graph.library.function}
    pending = [graph.node]
    seen: set[str] = set()
    while pending:
        for node in pending.pop():
            yield node
            called = {node.op, *_list_called_functions(node)} & functions.keys() - seen
            seen |= called
            pending.extend(functions[name].node_def for name in called)


def _list_called_functions(node: Any) -> Iterator[str]:
    for attribute in node.attr.values():
        yield attribute.func.name
        yield from (function.name for function in attribute.list.func)


_RANKS = {"ids": 2, "mask": 2, "length": 1}


class GraphInput(NamedTuple):
    """A placeholder, filled by each batch with "ids", "length" or "mask"."""

    name: str
    kind: str
    dtype: Any
    shape: tuple[int | None, ...]

    def build_array(self, ids: Int32Array, mask: BoolArray) -> AnyArray:
        """The placeholder's array for `ids` [documents, tokens], padded where `mask` is false."""
        values = {"ids": ids, "mask": mask, "length": mask.sum(axis=1)}[self.kind]
        filled: AnyArray = values.astype(self.dtype.as_numpy_dtype)
        return filled


def fill_constants(graph: Any, inputs: Mapping[str, str | float] | None) -> Any:
    """Replace each placeholder that has a number in `inputs` by this constant."""
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

    Raises ModelError: a placeholder is left out, doesn't exist, or has the wrong shape.
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
    """Raise a ModelError if `inputs` has a name that isn't one of a graph's placeholders, `names`."""
    for name in inputs or {}:
        if operation_name(name) not in names:
            raise ModelError(f"model.inputs: the graph has no placeholder {name!r}; {did_you_mean(name, names)}")


def _is_used(graph: tf.Graph, name: str) -> bool:
    """Whether the graph still has the placeholder; one that the output doesn't depend on was pruned."""
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
