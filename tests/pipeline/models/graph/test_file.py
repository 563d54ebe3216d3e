from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from camlode.config.errors import ModelError

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
def test_what_is_no_graph_is_said_so(keras: Any, load_classifier: Any, tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.pb").write_bytes(b"this is no graph")
    with pytest.raises(ModelError, match=message):
        load_classifier(str(tmp_path / name))


@pytest.mark.parametrize("kind", ["checkpoint", "saved_model", "frozen"])
def test_it_knows_a_graph_by_its_path(save_graph: Any, kind: str) -> None:
    from camlode.pipeline.models.graph.file import is_graph

    assert is_graph(save_graph(kind).path)


@pytest.mark.parametrize("name", ["model.keras", "model.h5", "none"])
def test_a_keras_file_is_no_graph(keras: Any, tmp_path: Path, name: str) -> None:
    from camlode.pipeline.models.graph.file import is_graph

    assert not is_graph(str(tmp_path / name))
