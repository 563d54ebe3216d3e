from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST = "model.ckpt-5.data-00000-of-00001"


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("model.ckpt-5.index", r"the checkpoint has no model\.ckpt-5\.index; put it beside the other parts"),
        (FIRST, r"the checkpoint has no model\.ckpt-5\.data-00000-of-00001; put it beside the other parts"),
        ("model.ckpt-5.meta", r"no such checkpoint; expected .*model\.ckpt-5\.meta, with \.index and \.data beside it"),
    ],
)
def test_a_missing_part_is_named(save_graph: Any, load_classifier: Any, part: str, message: str) -> None:
    path = save_graph().path
    (Path(path).parent / part).unlink()
    with pytest.raises(ModelError, match=message):
        load_classifier(path)


def test_a_missing_shard_is_named(save_graph: Any, load_classifier: Any) -> None:
    path = save_graph().path
    (Path(path).parent / FIRST).rename(Path(path).parent / "model.ckpt-5.data-00001-of-00003")
    with pytest.raises(
        ModelError, match=r"has no model\.ckpt-5\.data-00000-of-00003, model\.ckpt-5\.data-00002-of-00003;"
    ):
        load_classifier(path)


@pytest.mark.parametrize("part", ["meta", "index", "data-00000-of-00001"])
def test_a_broken_part_is_one_clear_line(save_graph: Any, load_classifier: Any, part: str) -> None:
    path = save_graph().path
    file = Path(f"{path}.{part}")
    file.write_bytes(file.read_bytes()[: -len(file.read_bytes()) // 2])
    with pytest.raises(ModelError, match=r"broken or cut off|cannot be loaded: ") as raised:
        load_classifier(path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.pb", r"none\.pb: none\.pb cannot be read: No such file or directory"),
        ("text.pb", r"text\.pb is broken or cut off, or no TensorFlow graph; save it again"),
        ("empty", r"saved_model\.pb cannot be read: No such file or directory; expected a saved model"),
        ("none", r"none: no such checkpoint; expected .*none\.meta"),
    ],
)
def test_a_file_that_is_no_graph_is_refused(
    keras: Any, load_classifier: Any, tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.pb").write_bytes(b"this is no graph")
    with pytest.raises(ModelError, match=message):
        load_classifier(str(tmp_path / name))


@pytest.mark.parametrize("kind", ["checkpoint", "saved_model", "frozen"])
def test_a_graph_is_known_by_its_path(save_graph: Any, kind: str) -> None:
    from camlode.pipeline.models.graph.file import is_graph

    assert is_graph(save_graph(kind).path)


@pytest.mark.parametrize("name", ["model.keras", "model.h5", "none"])
def test_a_keras_file_is_no_graph(keras: Any, tmp_path: Path, name: str) -> None:
    from camlode.pipeline.models.graph.file import is_graph

    assert not is_graph(str(tmp_path / name))


def add_file_writer(path: str, *, needed: bool = True) -> Callable[[Any], None]:
    """Adds to a graph an operation that writes a file whenever the logits `written` are computed."""

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


def test_a_trusted_operation_runs(save_graph: Any, load_classifier: Any, tmp_path: Path) -> None:
    saved = save_graph(also=add_file_writer(f"{tmp_path}/written"))
    load_classifier(saved.path, logits="written", trust_code=True).sample_output(6)
    assert (tmp_path / "written").read_text() == "x"


def test_an_operation_that_the_output_does_not_need_is_not_refused(
    save_graph: Any, load_classifier: Any, tmp_path: Path
) -> None:
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
def test_harmless_operations(keras: Any, operation: str, harmless: bool) -> None:
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
