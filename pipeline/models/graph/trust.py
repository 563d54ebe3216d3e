"""Whether a graph from anywhere may be run: a graph is a program, and some operations reach out of it.

An operation is taken for harmless if TensorFlow registers it as stateless and its name says nothing of files or code,
or if it is one of the stateful ones known to touch nothing but the graph's own memory. All others are refused, so an
operation that nobody thought of is too.
"""

from __future__ import annotations

import re
from typing import Any

from config.errors import ModelError
from pipeline.models.graph.parts import reachable_nodes

# Registered as stateless, and yet: files, Python, debuggers that write to addresses, datasets, other devices' programs.
_REACHES_OUT = re.compile(r"File|Py|Reader|Dataset|Iterator|Debug|^Copy|Summary|Table|Xla|TPU|Remote|Host")
_SAFE_STATEFUL = re.compile(
    r"If|While|Case|StatefulPartitionedCall|Assert|Print|CheckNumerics(V2)?|GuaranteeConst|Empty|DisableCopyOnRead"
    r"|Variable(V2)?|VarHandleOp|ReadVariableOp|VariableShape|VarIsInitializedOp|AssignVariableOp|ResourceGather(Nd)?"
    r"|(TensorArray|Stack)\w*|CudnnRNN(V2|V3)?|StatelessRandomGetAlg|IsTensorFloat32Enabled"
    r"|Random(Uniform|UniformInt|StandardNormal|Shuffle|Gamma)|TruncatedNormal|Multinomial"
)
# What restores a checkpoint, and only that, reads files.
_RESTORE_OPERATIONS = re.compile(r"Restore(V2|Slice)?|ShardedFilename")


def check_trusted(graph: Any, path: str, *, restores: bool = False) -> None:
    """A ModelError that names an operation of the graph or its functions which may reach out of it, if there is one.

    `restores`: whether the graph is there to read a checkpoint.
    """
    functions = {function.signature.name for function in graph.library.function}
    for node in reachable_nodes(graph):
        if node.op in functions or _is_harmless(node.op) or (restores and _RESTORE_OPERATIONS.fullmatch(node.op)):
            continue
        raise ModelError(
            f"{path}: the graph's operation {node.name!r} is a {node.op}, which may touch files, processes or the "
            "network; set model.trust_code: true only if the file is your own: it can then do whatever you can"
        )


def _is_harmless(operation: str) -> bool:
    from tensorflow.python.framework import op_def_registry

    definition = op_def_registry.get(operation)
    if definition is None:
        return False
    if definition.is_stateful:
        return _SAFE_STATEFUL.fullmatch(operation) is not None
    return _REACHES_OUT.search(operation) is None
