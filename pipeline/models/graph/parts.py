"""Graphs as TensorFlow writes them (GraphDef): names of tensors, what an output needs, and parts to run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from config.errors import ModelError
from config.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


PLACEHOLDERS = ("Placeholder", "PlaceholderV2", "PlaceholderWithDefault")


def operation_name(name: str) -> str:
    """The operation that gives the tensor `name`, or that a node's input names."""
    return name.removeprefix("^").partition(":")[0]


def tensor_name(name: str) -> str:
    """The full name of a tensor; an operation's name stands for its first output."""
    return name if ":" in name else f"{name}:0"


def check_operation(name: str, graph: Any, option: str) -> None:
    """A ModelError unless the graph has the operation that the tensor `name` comes from."""
    names = [node.name for node in graph.node]
    if operation_name(name) not in names:
        shown = [node.name for node in graph.node if node.op != "Const"]
        raise ModelError(f"{option}: the graph has no tensor {name!r}; {did_you_mean(operation_name(name), shown)}")


def find_tensor(name: str, graph: tf.Graph, option: str) -> Any:
    """The tensor `name` of a graph that has its operation; a ModelError where that has no such output."""
    operation = graph.get_operation_by_name(operation_name(name))
    try:
        return graph.get_tensor_by_name(tensor_name(name))
    except (KeyError, ValueError) as error:
        outputs = ", ".join(tensor.name for tensor in operation.outputs) or "none"
        message = f"{option}: {name!r} is no tensor; the outputs of {operation.name!r} are: {outputs}"
        raise ModelError(message) from error


class Subgraph(NamedTuple):
    """The part of a graph that gives `fetches` from `feeds`, all names of tensors."""

    definition: Any
    feeds: tuple[str, ...]
    fetches: tuple[str, ...]

    def import_into_graph(self, values: Mapping[str, Any]) -> list[Any]:
        """Puts the part into the current graph, with `values` for its feeds; returns the fetches."""
        fed = {name: values[name] for name in self.feeds}
        returned: list[Any] = tf.graph_util.import_graph_def(self.definition, fed, list(self.fetches), name="graph")
        return returned

    def compile(self, specs: Mapping[str, tf.TensorSpec]) -> Any:
        """A function of the feeds, in order, that gives a list of the fetches and that a tape differentiates."""

        def run(*values: Any) -> list[Any]:
            return self.import_into_graph(dict(zip(self.feeds, values, strict=True)))

        return tf.compat.v1.wrap_function(run, [specs[name] for name in self.feeds])


def extract_subgraph(graph: Any, feeds: Iterable[str], fetches: Sequence[str]) -> Subgraph:
    """The part that computes `fetches`, none of what only `feeds` are made of, and those feeds that it uses."""
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
    """The graph's nodes, and those of the functions that they call, however deep."""
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
