"""TensorFlow and JAX as camlode wants them: quiet, with their share of the threads, the same answer each time."""
# MERGED: The GPUs that a backend sees in this process.

from __future__ import annotations

import os
import random
import sys
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from camlode.config.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator


def start_backend(name: Literal["tensorflow", "jax"], *, threads: int | None = None, seed: int = 0) -> Any:
    """Starts what Keras runs on in this process, by its name, and returns its module.

    Raises ModelError: it is not installed, or Keras already runs on another here.
    """
    return start_jax(threads=threads, seed=seed) if name == "jax" else start_tensorflow(threads=threads, seed=seed)


def start_jax(*, threads: int | None = None, seed: int = 0) -> Any:
    """Imports JAX, once per process, and returns the module; TensorFlow is not imported.

    `threads`: how many threads its pools may have; None leaves it to JAX. On GPUs, memory is taken as needed,
    operations are made deterministic, and float32 is multiplied as such, not as the TF32 of 10 bits that GPUs are
    faster with. What JAX has already started with in this process stays.
    """
    _set_keras_backend("jax")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    flags = os.environ.get("XLA_FLAGS", "")
    if "xla_gpu_deterministic_ops" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --xla_gpu_deterministic_ops=true".strip()
    if threads is not None:
        os.environ["PJRT_NPROC"] = os.environ["NPROC"] = str(threads)
    with _silence_native_code():
        try:
            jax: Any = import_module("jax")
        except ImportError:
            raise ModelError("model.backend is jax, which is not installed: pip install 'camlode[jax]'") from None
        jax.config.update("jax_default_matmul_precision", "highest")
        jax.devices()
    import_module("keras")
    # Keras's own set_random_seed would import TensorFlow wherever that is installed.
    random.seed(seed)
    import_module("numpy").random.seed(seed)
    return jax


def start_tensorflow(*, threads: int | None = None, seed: int = 0) -> Any:
    """Imports TensorFlow, once per process, and returns the module.

    `threads`: how many threads each of its pools may have; None leaves it to TensorFlow. On GPUs, memory is
    taken as needed, operations are made deterministic, which TensorFlow's CPU kernels are already, and float32 is
    multiplied as such, not as the TF32 of 10 bits that GPUs are faster with.
    """
    _set_keras_backend("tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _silence_native_code():
        tensorflow: Any = import_module("tensorflow")
        gpus = tensorflow.config.list_physical_devices("GPU")
    tensorflow.get_logger().setLevel("ERROR")
    if threads is not None:
        _limit_threads(tensorflow, threads)
    import_module("keras").utils.set_random_seed(seed)
    tensorflow.config.experimental.enable_tensor_float_32_execution(False)
    for gpu in gpus:
        # A process that has used its GPU already keeps the way it took the memory.
        with suppress(RuntimeError):
            tensorflow.config.experimental.set_memory_growth(gpu, True)
    if gpus:
        tensorflow.config.experimental.enable_op_determinism()
    return tensorflow


def _set_keras_backend(name: str) -> None:
    """Has Keras run on this backend; what it has been imported with can't be changed."""
    running = sys.modules.get("keras")
    if running is not None and running.backend.backend() != name:
        raise ModelError(
            f"model.backend is {name}, but Keras already runs on {running.backend.backend()} in this process; "
            "start another process, or change model.backend"
        )
    os.environ["KERAS_BACKEND"] = name


@contextmanager
def _silence_native_code() -> Iterator[None]:
    """TensorFlow's libraries greet on the file of standard error, before any setting of theirs is read.

    Python's own errors are raised, not written there, so none is lost.
    """
    sys.stderr.flush()
    saved_descriptor = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(saved_descriptor, 2)
            os.close(saved_descriptor)


def _limit_threads(tensorflow: Any, threads: int) -> None:
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)


def list_gpus(backend: Literal["tensorflow", "jax"]) -> list[str]:
    """The names of the GPUs; the backend must have been started."""
    if backend == "jax":
        jax: Any = import_module("jax")
        return [str(device) for device in jax.devices() if device.platform == "gpu"]
    tensorflow: Any = import_module("tensorflow")
    return [str(device.name) for device in tensorflow.config.list_physical_devices("GPU")]
