from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SCALE = """
import keras

class Scale(keras.layers.Layer):
    def call(self, x):
        return x * 2
"""


@pytest.fixture
def load(keras: Any) -> Callable[..., Any]:
    from camlode.pipeline.models.keras_file import load_keras_model

    return lambda path, **options: load_keras_model(str(path), **options)


@pytest.fixture
def save(keras: Any, tmp_path: Path) -> Callable[..., Path]:
    """Saves a small model, with `layer` in its middle, and returns the file."""

    def write(name: str, layer: Any = None) -> Path:
        ids = keras.Input((4,), dtype="int32")
        x = keras.layers.Embedding(10, 4)(ids)
        x = x if layer is None else layer(x)
        keras.Model(ids, keras.layers.GlobalMaxPooling1D()(x)).save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def module_beside_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module with a custom layer, in the job's folder; it's forgotten again after."""
    (tmp_path / "scaling_layers.py").write_text(_SCALE, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "scaling_layers", raising=False)
    return "scaling_layers"


def scale_layer() -> Any:
    space: dict[str, Any] = {"__name__": "scaling_layers"}
    exec(_SCALE, space)
    return space["Scale"](name="scale")


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_loads_what_keras_saves(load: Any, save: Any, keras: Any, ending: str) -> None:
    import numpy as np

    path = save(f"model.{ending}")
    ids = np.array([[1, 2, 3, 4]])
    expected = keras.models.load_model(path, compile=False)(ids)
    np.testing.assert_array_equal(load(path)(ids), expected)


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_custom_objects_come_from_a_module_beside_the_job(
    load: Any, save: Any, tmp_path: Path, module_beside_the_job: str, ending: str
) -> None:
    path = save(f"model.{ending}", scale_layer())
    model = load(path, custom_objects=[f"{module_beside_the_job}:Scale"], folder=tmp_path)
    assert type(model.get_layer("scale")).__module__ == "scaling_layers"


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_missing_class_is_named(load: Any, save: Any, ending: str) -> None:
    path = save(f"model.{ending}", scale_layer())
    with pytest.raises(
        ModelError, match=r"uses 'Scale', which is not Keras's own; .* 'package.module:Scale'$"
    ) as caught:
        load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_lambda_is_run_only_from_a_trusted_file(load: Any, save: Any, keras: Any, ending: str) -> None:
    path = save(f"model.{ending}", keras.layers.Lambda(lambda x: x * 2))
    message = (
        r"the model contains code \(a Lambda layer\), which is not run from a file; "
        r".*trust_code: true: such code can do whatever you can$"
    )
    with pytest.raises(ModelError, match=message):
        load(path)
    model = load(path, trust_code=True)
    assert any(type(layer).__name__ == "Lambda" for layer in model.layers)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model.keras", "model.keras: the file is broken or cut off"),
        ("model.h5", "model.h5: the model cannot be loaded: OSError: .*file signature not found"),
        ("model.onnx", "model.onnx: expected a file that ends in .keras, .h5, .hdf5"),
    ],
)
def test_a_file_that_is_no_model_is_refused(load: Any, tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / name).write_bytes(b"this is no model")
    with pytest.raises(ModelError, match=message):
        load(tmp_path / name)


def test_a_truncated_file_is_refused(load: Any, save: Any) -> None:
    path = save("model.keras")
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ModelError, match="broken or cut off"):
        load(path)


def test_a_missing_file_names_the_option_that_named_it(load: Any, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.keras: no such model file; set model\.path to"):
        load(tmp_path / "none.keras")
    with pytest.raises(ModelError, match=r"set tokenizer\.path to"):
        load(tmp_path / "none.keras", option="tokenizer.path")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_module:Scale", "cannot import 'no_such_module' for 'no_such_module:Scale': ModuleNotFoundError"),
        ("scaling_layers:Sacle", "module 'scaling_layers' has no class 'Sacle'"),
        ("broken_layers:Scale", "cannot import 'broken_layers' .*: NameError: name 'nothing' is not defined"),
    ],
)
def test_missing_custom_objects(
    load: Any, save: Any, tmp_path: Path, module_beside_the_job: str, name: str, message: str
) -> None:
    (tmp_path / "broken_layers.py").write_text("nothing\n", encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        load(save("model.keras"), custom_objects=[name], folder=tmp_path)


def test_a_class_inside_a_class_can_be_named(load: Any, save: Any, tmp_path: Path, module_beside_the_job: str) -> None:
    code = _SCALE.replace("\n", "\n    ").replace("    import keras", "class Layers:\n    import keras")
    (tmp_path / "scaling_layers.py").write_text("import keras\n" + code, encoding="utf-8")
    path = save("model.keras", scale_layer())
    model = load(path, custom_objects=["scaling_layers:Layers.Scale"], folder=tmp_path)
    assert type(model.get_layer("scale")).__qualname__ == "Layers.Scale"
