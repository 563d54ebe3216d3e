from __future__ import annotations

import subprocess
import sys

import pytest

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
from camlode.pipeline.models.runtime import start_backend
jax = start_backend("jax", threads=1, seed=5)
import keras, random
print(keras.backend.backend(), jax.__name__, random.random(), "tensorflow" in sys.modules)
print(os.environ["XLA_FLAGS"], os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"], jax.config.jax_default_matmul_precision)
"""
_OTHER = """
import os
os.environ["KERAS_BACKEND"] = "{running}"
import keras
from camlode.pipeline.models.runtime import start_backend
try:
    start_backend("{wanted}")
except Exception as error:
    print(type(error).__name__, error)
"""
_MISSING = """
import sys
sys.modules["jax"] = None
from camlode.pipeline.models.runtime import start_backend
try:
    start_backend("jax")
except Exception as error:
    print(type(error).__name__, error)
"""


def run_script(script: str) -> list[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()


def test_starting_sets_backend_threads_and_seed_and_says_nothing() -> None:
    assert run_script(_TENSORFLOW) == ["tensorflow", "1", "0.6229016948897019", "False"]


def test_starting_jax_imports_no_tensorflow_and_keeps_the_users_flags() -> None:
    expected = "jax jax 0.6229016948897019 False --xla_dump_to= --xla_gpu_deterministic_ops=true false highest"
    assert run_script(_JAX) == expected.split()


@pytest.mark.parametrize(("running", "wanted"), [("numpy", "jax"), ("jax", "tensorflow")])
def test_a_process_whose_keras_runs_on_another_backend_is_refused(running: str, wanted: str) -> None:
    message = f"ModelError model.backend is {wanted}, but Keras already runs on {running} in this process; "
    message += "start another process, or change model.backend"
    assert run_script(_OTHER.format(running=running, wanted=wanted)) == message.split()


def test_a_missing_jax_is_refused_with_the_extra_to_install() -> None:
    message = "ModelError model.backend is jax, which is not installed: pip install 'camlode[jax]'"
    assert run_script(_MISSING) == message.split()
