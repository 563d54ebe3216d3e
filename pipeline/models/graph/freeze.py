"""Makes of a saved graph one that holds its weights, pruned to what is asked of it and free of function calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from camlode.config.errors import ModelError
from camlode.pipeline.models.classifier import summarize_error
from camlode.pipeline.models.graph.file import GraphFile, check_trusted, read_graph
from camlode.pipeline.models.graph.inputs import (
    PLACEHOLDERS,
    check_operation,
    extract_subgraph,
    operation_name,
    tensor_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class LoadedGraph(NamedTuple):
    """A GraphDef with its weights, pruned; and all placeholders that the file had, those pruned too."""

    definition: Any
    placeholders: tuple[str, ...]


def load_graph(path: str, tensor_options: Mapping[str, str], *, trust_code: bool = False) -> LoadedGraph:
    """The graph of a model's file that gives the tensors `tensor_options`, with variables made constants.

    `tensor_options`: the option that named a tensor, by the tensor's name. `trust_code`: whether operations that reach out of
    the graph may stay in it. Raises ModelError: see `read_graph`; a tensor isn't there; an operation isn't trusted.
    """
    file = read_graph(path)
    outputs = _choose_outputs(file, tensor_options)
    graph = extract_subgraph(file.graph, (), outputs).definition
    if not trust_code:
        check_trusted(graph, path)
    try:
        frozen = _freeze(file, graph, outputs, trust_code=trust_code)
        graph = optimize_graph(frozen, outputs, "function") if frozen.library.function else frozen
    except (tf.errors.OpError, ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{path}: the graph cannot be loaded: {summarize_error(error)}") from error
    for name, option in tensor_options.items():
        check_operation(name, graph, option)
    placeholders = tuple(node.name for node in file.graph.node if node.op in PLACEHOLDERS)
    return LoadedGraph(extract_subgraph(graph, (), list(tensor_options)).definition, placeholders)


def _choose_outputs(file: GraphFile, tensor_options: Mapping[str, str]) -> list[str]:
    """What to prune to: the wanted tensors, or the signature's answer where those are inside its functions."""
    names = {node.name for node in file.graph.node}
    if file.outputs and file.graph.library.function and not names.issuperset(map(operation_name, tensor_options)):
        return list(file.outputs)
    for name, option in tensor_options.items():
        check_operation(name, file.graph, option)
    return list(tensor_options)


def _freeze(file: GraphFile, graph: Any, outputs: Sequence[str], *, trust_code: bool) -> Any:
    """The pruned `graph` with its variables' values from the file's checkpoint."""
    if file.prefix is None or not any(node.op in _VARIABLES for node in graph.node):
        return graph
    restore_graph = extract_subgraph(file.graph, (), [file.saver.restore_op_name]).definition
    if not trust_code:
        check_trusted(restore_graph, file.path, restores=True)
    full_graph = extract_subgraph(file.graph, (), [*outputs, file.saver.restore_op_name]).definition
    with tf.Graph().as_default() as imported_graph:
        tf.graph_util.import_graph_def(full_graph, name="")
        _add_read_operations(imported_graph, graph)
        # The weights are only passed through; a GPU is left to those who run the model.
        config = tf.compat.v1.ConfigProto(device_count={"GPU": 0}, allow_soft_placement=True)
        with tf.compat.v1.Session(config=config) as session:
            session.run(file.saver.restore_op_name, {file.saver.filename_tensor_name: file.prefix})
            return tf.compat.v1.graph_util.convert_variables_to_constants(
                session, graph, list(dict.fromkeys(map(operation_name, outputs)))
            )


_VARIABLES = ("Variable", "VariableV2", "VarHandleOp")


def _add_read_operations(imported_graph: tf.Graph, graph: Any) -> None:
    """The conversion asks for each resource variable's value under this name; pruning may have dropped it."""
    for node in graph.node:
        if node.op == "VarHandleOp":
            handle = imported_graph.get_tensor_by_name(tensor_name(node.name))
            tf.raw_ops.ReadVariableOp(
                resource=handle, dtype=node.attr["dtype"].type, name=f"{node.name}/Read/ReadVariableOp"
            )


def optimize_graph(graph: Any, outputs: Sequence[str], *passes: str) -> Any:
    """The graph after TensorFlow's own optimizers of these names, which keep `outputs`."""
    from tensorflow.python.grappler import tf_optimizer

    meta = tf.compat.v1.MetaGraphDef(graph_def=graph)
    meta.collection_def["train_op"].node_list.value.extend(map(tensor_name, outputs))
    config = tf.compat.v1.ConfigProto()
    config.graph_options.rewrite_options.min_graph_nodes = -1
    config.graph_options.rewrite_options.optimizers.extend(passes)
    return tf_optimizer.OptimizeGraph(config, meta)
