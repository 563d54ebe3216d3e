from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from camlode.config.errors import ModelError
from camlode.pipeline.models import runtime

_TENSORFLOW = """
import os
os.environ["KERAS_BACKEND"] = "numpy"
from camlode.pipeline.models.runtime import start_backend
tensorflow = start_backend("tensorflow", threads=1, seed=5)
start_backend("tensorflow", threads=1, seed=5)
import keras, random
print(keras.backend.backend(), tensorflow.config.threading.get_intra_op_parallelism_threads(), random.random())
print(tensorflow.config.experimental.tensor_float_32_execution_enabled())
"""
_JAX = """
import os, sys
os.environ["XLA_FLAGS"] = "--xla_dump_to="
from camlode.pipeline.models.runtime import list_gpus, start_backend
jax = start_backend("jax", threads=1, seed=5)
import keras, random
print(keras.backend.backend(), jax.__name__, random.random(), "tensorflow" in sys.modules, len(list_gpus("jax")))
print(os.environ["XLA_FLAGS"], os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"], jax.config.jax_default_matmul_precision)
"""


def run_script(script: str) -> list[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.slow
def test_starting_sets_backend_threads_and_seed_and_prints_nothing() -> None:
    assert run_script(_TENSORFLOW) == ["tensorflow", "1", "0.6229016948897019", "False"]


@pytest.mark.slow
def test_starting_jax_imports_no_tensorflow_and_keeps_the_users_flags() -> None:
    *first, gpus, flags, more_flags, preallocate, precision = run_script(_JAX)
    assert first == ["jax", "jax", "0.6229016948897019", "False"]
    assert gpus.isdecimal()
    assert [flags, more_flags, preallocate, precision] == [
        "--xla_dump_to=",
        "--xla_gpu_deterministic_ops=true",
        "false",
        "highest",
    ]


def test_a_process_whose_keras_runs_on_another_backend_is_refused(keras: Any) -> None:
    message = "model.backend is jax, but Keras already runs on tensorflow in this process; start another process, or"
    with pytest.raises(ModelError, match=message):
        runtime.start_backend("jax")


def test_a_missing_jax_is_refused_with_the_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {**os.environ})
    monkeypatch.setattr(runtime, "_set_keras_backend", lambda _: None)
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(
        ModelError, match=r"^model\.backend is jax, which is not installed: pip install 'camlode\[jax\]'"
    ):
        runtime.start_jax(threads=1)


def test_the_gpus_that_tensorflow_sees(keras: Any) -> None:
    import tensorflow as tf

    gpus = runtime.list_gpus("tensorflow")
    assert gpus == [device.name for device in tf.config.list_physical_devices("GPU")]
    assert gpus == [f"/physical_device:GPU:{number}" for number in range(len(gpus))]
