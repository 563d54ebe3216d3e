from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from camlode.config.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def add_file_writer(path: str, *, needed: bool = True) -> Callable[[Any], None]:
    """Adds to a graph what writes a file whenever the logits `written` are asked for."""

    def add(graph: Any) -> None:
        import tensorflow as tf

        scores = graph.get_tensor_by_name("scores:0")
        with tf.control_dependencies([tf.io.write_file(path, "x")] if needed else []):
            tf.identity(scores, "written")

    return add


@pytest.mark.parametrize("kind", ["checkpoint", "saved_model"])
def test_an_operation_that_writes_files_is_refused_before_it_runs(
    save_graph: Any, load_classifier: Any, tmp_path: Path, kind: str
) -> None:
    saved = save_graph(kind, also=add_file_writer(f"{tmp_path}/written"))
    with pytest.raises(ModelError, match=r"operation 'WriteFile' is a WriteFile, .* model\.trust_code: true only if"):
        load_classifier(saved.path, logits="written")
    assert not (tmp_path / "written").exists()


def test_what_is_trusted_runs(save_graph: Any, load_classifier: Any, tmp_path: Path) -> None:
    saved = save_graph(also=add_file_writer(f"{tmp_path}/written"))
    load_classifier(saved.path, logits="written", trust_code=True).sample_output(6)
    assert (tmp_path / "written").read_text() == "x"


def test_what_the_answer_does_not_need_is_not_refused(save_graph: Any, load_classifier: Any, tmp_path: Path) -> None:
    saved = save_graph(also=add_file_writer(f"{tmp_path}/written"))
    assert load_classifier(saved.path, logits="scores").sample_output(6).shape == (2, 4)
    assert not (tmp_path / "written").exists()


def test_restoring_a_checkpoint_runs_nothing_else(save_graph: Any, load_classifier: Any, tmp_path: Path) -> None:
    """A file can name any operation as the one that restores its variables."""
    import tensorflow as tf

    path = save_graph(also=add_file_writer(f"{tmp_path}/written")).path
    meta = tf.compat.v1.MetaGraphDef()
    meta.ParseFromString((tmp_path / "model.ckpt-5.meta").read_bytes())
    [restore] = [node for node in meta.graph_def.node if node.name == meta.saver_def.restore_op_name]
    restore.input.append("^WriteFile")
    (tmp_path / "model.ckpt-5.meta").write_bytes(meta.SerializeToString())
    with pytest.raises(ModelError, match="operation 'WriteFile'"):
        load_classifier(path)
    assert not (tmp_path / "written").exists()


@pytest.mark.parametrize(
    ("operation", "harmless"),
    [
        *((name, True) for name in ("Conv2D", "GatherV2", "While", "VariableV2", "TensorArrayReadV3", "RandomUniform")),
        *((name, False) for name in ("ReadFile", "MatchingFiles", "SaveV2", "RestoreV2", "PyFunc", "EagerPyFunc")),
        *((name, False) for name in ("PyFuncStateless", "PrintV2", "DebugIdentity", "CopyHost", "TensorSliceDataset")),
        *((name, False) for name in ("WriteSummary", "Send", "TFRecordReaderV2", "ImportEvent", "NoSuchOperation")),
    ],
)
def test_operations_are_told_apart(keras: Any, operation: str, harmless: bool) -> None:
    import tensorflow as tf

    from camlode.pipeline.models.graph.file import check_trusted

    graph = tf.compat.v1.GraphDef(node=[tf.compat.v1.NodeDef(name="it", op=operation)])
    refused = False
    try:
        check_trusted(graph, "model.pb")
    except ModelError:
        refused = True
    assert refused is not harmless


def test_an_operation_inside_a_function_is_found(keras: Any) -> None:
    import tensorflow as tf

    from camlode.pipeline.models.graph.file import check_trusted

    @tf.function
    def inner(path: Any) -> Any:
        return tf.io.read_file(path)

    outer = tf.function(lambda path: tf.strings.length(inner(path)))
    graph = outer.get_concrete_function(tf.TensorSpec((), tf.string)).graph.as_graph_def()
    with pytest.raises(ModelError, match="is a ReadFile"):
        check_trusted(graph, "model.pb")
