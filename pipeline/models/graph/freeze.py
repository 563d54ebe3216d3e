"""Freezing of saved graphs: variables become constants, function calls are inlined, unneeded parts are pruned."""

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
    """A pruned GraphDef with its weights, and all placeholders of the file, including pruned ones."""

    definition: Any
    placeholders: tuple[str, ...]


def load_graph(path: str, tensor_options: Mapping[str, str], *, trust_code: bool = False) -> LoadedGraph:
    """Load the part of a file's graph that computes the tensors of `tensor_options`, with variables as constants.

    `tensor_options`: from a tensor's name to the option that names it. `trust_code`: whether operations may reach out
    of the graph. Raises ModelError: see `read_graph`; a tensor is missing; an operation isn't trusted.
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
    """Outputs to prune to: the named tensors, or the signature's outputs if those are inside its functions."""
    names = {node.name for node in file.graph.node}
    if file.outputs and file.graph.library.function and not names.issuperset(map(operation_name, tensor_options)):
        return list(file.outputs)
    for name, option in tensor_options.items():
        check_operation(name, file.graph, option)
    return list(tensor_options)


def _freeze(file: GraphFile, graph: Any, outputs: Sequence[str], *, trust_code: bool) -> Any:
    """The pruned `graph` with its variables' values from the file's checkpoint as constants."""
    if file.prefix is None or not any(node.op in _VARIABLES for node in graph.node):
        return graph
    restore_graph = extract_subgraph(file.graph, (), [file.saver.restore_op_name]).definition
    if not trust_code:
        check_trusted(restore_graph, file.path, restores=True)
    full_graph = extract_subgraph(file.graph, (), [*outputs, file.saver.restore_op_name]).definition
    with tf.Graph().as_default() as imported_graph:
        tf.graph_util.import_graph_def(full_graph, name="")
        _add_read_operations(imported_graph, graph)
        # The weights are only copied; a session on the GPU would take its memory from the process that runs the model.
        config = tf.compat.v1.ConfigProto(device_count={"GPU": 0}, allow_soft_placement=True)
        with tf.compat.v1.Session(config=config) as session:
            session.run(file.saver.restore_op_name, {file.saver.filename_tensor_name: file.prefix})
            return tf.compat.v1.graph_util.convert_variables_to_constants(
                session, graph, list(dict.fromkeys(map(operation_name, outputs)))
            )


_VARIABLES = ("Variable", "VariableV2", "VarHandleOp")


def _add_read_operations(imported_graph: tf.Graph, graph: Any) -> None:
    """Add a read operation for each resource variable."""
    # The conversion reads a resource variable's value from an operation of this name, which pruning may have dropped.
    for node in graph.node:
        if node.op == "VarHandleOp":
            handle = imported_graph.get_tensor_by_name(tensor_name(node.name))
            tf.raw_ops.ReadVariableOp(
                resource=handle, dtype=node.attr["dtype"].type, name=f"{node.name}/Read/ReadVariableOp"
            )


def optimize_graph(graph: Any, outputs: Sequence[str], *passes: str) -> Any:
    """Run TensorFlow's own optimizers with these names, which keep `outputs`."""
    from tensorflow.python.grappler import tf_optimizer

    meta = tf.compat.v1.MetaGraphDef(graph_def=graph)
    meta.collection_def["train_op"].node_list.value.extend(map(tensor_name, outputs))
    config = tf.compat.v1.ConfigProto()
    config.graph_options.rewrite_options.min_graph_nodes = -1
    config.graph_options.rewrite_options.optimizers.extend(passes)
    return tf_optimizer.OptimizeGraph(config, meta)
