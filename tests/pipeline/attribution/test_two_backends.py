"""The same models explained on TensorFlow, in this process, and on JAX, in one process for everything."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import numpy.typing as npt

    from camlode.config.attribution import MethodName

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent
METHODS: dict[str, tuple[MethodName, ...]] = {
    "branches": ("cam", "grad-cam", "eigen-cam", "score-cam", "integrated-gradients"),
    "recurrent": ("gradient-x-input",),
    "residual": ("cam", "saliency", "occlusion"),
}
PAIRS = [(model, method) for model, methods in METHODS.items() for method in methods]
REFUSED = {("residual", "cam")}

_JAX = """
import json, sys
from pathlib import Path
from camlode.pipeline.models.runtime import start_backend
models, tests, methods = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
start_backend("jax", threads=1, seed=3)
sys.path.insert(0, tests)
import numpy as np
from camlode.pipeline.models.keras_file import load_keras_model
from backend_models import explain_models

custom_objects = ["backend_models:Residual"]
loaded = {name: load_keras_model(str(models / f"{name}.keras"), custom_objects=custom_objects) for name in methods}
found = explain_models(loaded, methods)
np.savez(models / "jax.npz", **found, tensorflow="tensorflow" in sys.modules)
"""


@pytest.fixture(scope="module")
def results(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, npt.NDArray[Any]]]:
    """Each backend's explanations, by "model|method|part"."""
    folder = tmp_path_factory.mktemp("models")
    spec = importlib.util.spec_from_file_location("backend_models", FOLDER / "backend_models.py")
    assert spec is not None
    assert spec.loader is not None
    backend_models = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(backend_models)
    models = backend_models.save_models(folder)
    command = [sys.executable, "-c", _JAX, str(folder), str(FOLDER), json.dumps(METHODS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {
        "tensorflow": backend_models.explain_models(models, METHODS),
        "jax": dict(np.load(folder / "jax.npz")),
    }


@pytest.mark.parametrize(("model", "method"), PAIRS)
def test_both_backends_explain_alike(results: Any, model: str, method: str) -> None:
    tensorflow, jax = (
        {key: value for key, value in found.items() if key.startswith(f"{model}|{method}|")}
        for found in results.values()
    )
    assert jax.keys() == tensorflow.keys()
    if (model, method) in REFUSED:
        key = f"{model}|{method}|refused"
        assert str(jax[key]) == str(tensorflow[key])
        return
    assert np.abs(jax[f"{model}|{method}|values"]).max() > 1e-3
    for key, value in tensorflow.items():
        np.testing.assert_allclose(jax[key], value, rtol=1e-4, atol=1e-4, err_msg=key)


def test_jax_explains_without_tensorflow(results: Any) -> None:
    assert not results["jax"]["tensorflow"]
