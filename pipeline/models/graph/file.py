"""Reading of TensorFlow graphs: TensorFlow 1 checkpoints, SavedModels, frozen `.pb` files; and a check of their code.

A graph is a program, and some operations reach out of it. `check_trusted` takes an operation for harmless if
TensorFlow registers it as stateless and its name has nothing to do with files or code, or if it is one of the stateful
operations known to touch only the graph's own memory. All others are refused, including any that are new.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from camlode.config.errors import ModelError
from camlode.pipeline.models.graph.inputs import reachable_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator


class GraphFile(NamedTuple):
    """A graph as it was saved.

    `prefix`: path of the variables' values; `saver`: a SaverDef, the operations of the graph that restore them; both
    None for a frozen graph. `outputs`: the output tensors of a SavedModel's signature.
    """

    path: str
    graph: Any
    prefix: str | None
    saver: Any
    outputs: tuple[str, ...]


def is_graph(path: str) -> bool:
    """Whether a model's path is that of a graph: a folder, a `.pb` file, or a checkpoint."""
    return Path(path).is_dir() or path.endswith((".pb", ".meta")) or Path(f"{path}.meta").is_file()


def read_graph(path: str) -> GraphFile:
    """Read the graph of a checkpoint (its path with or without `.meta`), a SavedModel's folder or a `.pb` file.

    Nothing of the graph is run. Raises ModelError: a file is missing or broken.
    """
    import tensorflow as tf

    if Path(path).is_dir():
        return _read_saved_model(path)
    if path.endswith(".pb"):
        graph = _parse(tf.compat.v1.GraphDef(), Path(path), path)
        return GraphFile(path, _clear_devices(graph), None, None, ())
    prefix = path.removesuffix(".meta")
    if not Path(f"{prefix}.meta").is_file():
        raise ModelError(f"{path}: no such checkpoint; expected {prefix}.meta, with .index and .data beside it")
    meta = _parse(tf.compat.v1.MetaGraphDef(), Path(f"{prefix}.meta"), path)
    return _add_checkpoint(path, meta, prefix)


def _read_saved_model(path: str) -> GraphFile:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved = _parse(SavedModel(), Path(path) / "saved_model.pb", path)
    served = [meta for meta in saved.meta_graphs if "serve" in meta.meta_info_def.tags]
    metas = served or list(saved.meta_graphs)
    if not metas:
        raise ModelError(f"{path}: the SavedModel holds no graph; save the model again")
    return _add_checkpoint(path, metas[0], str(Path(path) / "variables" / "variables"))


def _add_checkpoint(path: str, meta: Any, prefix: str) -> GraphFile:
    graph = _clear_devices(meta.graph_def)
    signatures = meta.signature_def
    signature = signatures.get("serving_default")
    outputs = () if signature is None else tuple(sorted(tensor.name for tensor in signature.outputs.values()))
    if not meta.saver_def.restore_op_name:
        return GraphFile(path, graph, None, None, outputs)
    _check_shards(prefix)
    return GraphFile(path, graph, prefix, meta.saver_def, outputs)


def _check_shards(prefix: str) -> None:
    if not Path(f"{prefix}.index").is_file():
        raise ModelError(f"{prefix}: the checkpoint has no {Path(prefix).name}.index; put it beside the other parts")
    here = Path(prefix)
    parts = [match for file in here.parent.iterdir() if (match := _match_shard(here.name, file.name))]
    total = int(parts[0][2]) if parts else 1
    present = {int(part[1]) for part in parts}
    missing = [f"{here.name}.data-{n:05d}-of-{total:05d}" for n in range(total) if n not in present]
    if missing:
        raise ModelError(f"{prefix}: the checkpoint has no {', '.join(missing)}; put it beside the other parts")


def _match_shard(prefix: str, name: str) -> re.Match[str] | None:
    return re.fullmatch(re.escape(prefix) + r"\.data-(\d{5})-of-(\d{5})", name)


def _parse(message: Any, file: Path, path: str) -> Any:
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        message.ParseFromString(file.read_bytes())
    except OSError as error:
        raise ModelError(f"{path}: {file.name} cannot be read: {error.strerror}; expected a saved model") from error
    except DecodeError as error:
        raise ModelError(f"{path}: {file.name} is broken or cut off, or no TensorFlow graph; save it again") from error
    return message


def _clear_devices(graph: Any) -> Any:
    """Remove the devices that the graph was made on, and constraints that tie operations to each other's devices."""
    for node in _all_nodes(graph):
        node.device = ""
        node.attr.pop("_class", None)
    return graph


def _all_nodes(graph: Any) -> Iterator[Any]:
    yield from graph.node
    for function in graph.library.function:
        yield from function.node_def


# Registered as stateless, although they use files, Python, network addresses, datasets or other devices' programs.
_REACHES_OUT = re.compile(r"File|Py|Reader|Dataset|Iterator|Debug|^Copy|Summary|Table|Xla|TPU|Remote|Host")
_SAFE_STATEFUL = re.compile(
    r"If|While|Case|StatefulPartitionedCall|Assert|Print|CheckNumerics(V2)?|GuaranteeConst|Empty|DisableCopyOnRead"
    r"|Variable(V2)?|VarHandleOp|ReadVariableOp|VariableShape|VarIsInitializedOp|AssignVariableOp|ResourceGather(Nd)?"
    r"|(TensorArray|Stack)\w*|CudnnRNN(V2|V3)?|StatelessRandomGetAlg|IsTensorFloat32Enabled"
    r"|Random(Uniform|UniformInt|StandardNormal|Shuffle|Gamma)|TruncatedNormal|Multinomial"
)
# Only the operations that restore a checkpoint may read files.
_RESTORE_OPERATIONS = re.compile(r"Restore(V2|Slice)?|ShardedFilename")


def check_trusted(graph: Any, path: str, *, restores: bool = False) -> None:
    """Raise a ModelError that names an operation of the graph or its functions which may reach out of it, if any.

    `restores`: whether the graph's purpose is to read a checkpoint.
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
