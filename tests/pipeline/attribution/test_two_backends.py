"""The same models, saved once, explained on TensorFlow and on JAX: each backend in one process for everything."""

from __future__ import annotations

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

ROOT = Path(__file__).parents[3]
METHODS: dict[str, tuple[MethodName, ...]] = {
    "branches": (
        "cam",
        "grad-cam",
        "grad-cam++",
        "layercam",
        "eigen-cam",
        "score-cam",
        "ablation-cam",
        "gradient-x-input",
        "integrated-gradients",
    ),
    "recurrent": ("gradient-x-input",),
    "residual": ("cam", "grad-cam", "saliency", "occlusion"),
}
PAIRS = [(model, method) for model, methods in METHODS.items() for method in methods]
REFUSED = {("residual", "cam")}

_SCRIPT = """
import json, sys
from pathlib import Path
from camlode.pipeline.models.runtime import start_backend
backend, folder, asked = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
start_backend(backend, threads=1, seed=3)
sys.path[:0] = [str(folder), "tests/pipeline/attribution"]
import numpy as np
from camlode.config.errors import ModelError
from camlode.pipeline.models.keras_file import load_keras_model
from saved_models import explain_documents

found = {}
for name, methods in asked.items():
    model = load_keras_model(str(folder / f"{name}.keras"), custom_objects=["saved_models:Residual"])
    for method in methods:
        try:
            found |= {f"{name}|{method}|{key}": value for key, value in explain_documents(name, model, method).items()}
        except ModelError as error:
            found[f"{name}|{method}|refused"] = np.array(str(error))
found["tensorflow"] = np.array("tensorflow" in sys.modules)
np.savez(folder / f"{backend}.npz", **found)
"""


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, npt.NDArray[Any]]]:
    """What each backend says, by "model|method|what"."""
    folder = tmp_path_factory.mktemp("models")
    save = "import sys; from pathlib import Path; sys.path.insert(0, 'tests/pipeline/attribution'); "
    save += "from camlode.pipeline.models.runtime import start_backend; start_backend('tensorflow', seed=3); "
    save += f"from saved_models import save_models; save_models(Path({str(folder)!r}))"
    subprocess.run([sys.executable, "-c", save], cwd=ROOT, check=True, capture_output=True)
    found = {}
    for backend in ("tensorflow", "jax"):
        command = [sys.executable, "-c", _SCRIPT, backend, str(folder), json.dumps(METHODS)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found[backend] = dict(np.load(folder / f"{backend}.npz"))
    return found


@pytest.mark.parametrize(("model", "method"), PAIRS)
def test_both_backends_explain_alike(results: Any, model: str, method: str) -> None:
    ours = {
        backend: {key: value for key, value in found.items() if key.startswith(f"{model}|{method}|")}
        for backend, found in results.items()
    }
    assert ours["jax"].keys() == ours["tensorflow"].keys()
    if (model, method) in REFUSED:
        refusals = {str(found[f"{model}|{method}|refused"]) for found in ours.values()}
        assert len(refusals) == 1
        return
    assert np.abs(ours["jax"][f"{model}|{method}|values"]).max() > 1e-3
    for key, value in ours["tensorflow"].items():
        np.testing.assert_allclose(ours["jax"][key], value, rtol=1e-4, atol=1e-4, err_msg=key)


def test_jax_explains_without_tensorflow(results: Any) -> None:
    assert results["tensorflow"]["tensorflow"]
    assert not results["jax"]["tensorflow"]
