"""Start of TensorFlow and JAX: quiet, with a limited number of threads, deterministic, in full float32."""

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
    """Start Keras's backend in this process and return its module.

    Raises ModelError: it is not installed, or Keras already runs on another backend in this process.
    """
    return start_jax(threads=threads, seed=seed) if name == "jax" else start_tensorflow(threads=threads, seed=seed)


def start_jax(*, threads: int | None = None, seed: int = 0) -> Any:
    """Import JAX, once per process, and return the module; TensorFlow is not imported.

    `threads`: size of its thread pools; None leaves it to JAX. Environment variables that the user has set stay, and
    so do settings that JAX has already started with in this process.
    """
    _set_keras_backend("jax")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Memory is taken as needed: several workers may share a GPU.
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
        # By default GPUs multiply float32 as TF32 of 10 bits: faster, but it moves importances by tens of per cent.
        jax.config.update("jax_default_matmul_precision", "highest")
        jax.devices()
    import_module("keras")
    # Keras's own set_random_seed would import TensorFlow if it is installed.
    random.seed(seed)
    import_module("numpy").random.seed(seed)
    return jax


def start_tensorflow(*, threads: int | None = None, seed: int = 0) -> Any:
    """Import TensorFlow, once per process, and return the module.

    `threads`: size of each of its thread pools; None leaves it to TensorFlow.
    """
    _set_keras_backend("tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _silence_native_code():
        tensorflow: Any = import_module("tensorflow")
        gpus = tensorflow.config.list_physical_devices("GPU")
    tensorflow.get_logger().setLevel("ERROR")
    if threads is not None:
        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    import_module("keras").utils.set_random_seed(seed)
    # By default GPUs multiply float32 as TF32 of 10 bits: faster, but it moves importances by tens of per cent.
    tensorflow.config.experimental.enable_tensor_float_32_execution(False)
    for gpu in gpus:
        # Memory is taken as needed: several workers may share a GPU. Too late in a process that has used it.
        with suppress(RuntimeError):
            tensorflow.config.experimental.set_memory_growth(gpu, True)
    # TensorFlow's CPU kernels are deterministic without it.
    if gpus:
        tensorflow.config.experimental.enable_op_determinism()
    return tensorflow


def _set_keras_backend(name: str) -> None:
    """Make Keras run on this backend; raises a ModelError if it was already imported with another one."""
    running = sys.modules.get("keras")
    if running is not None and running.backend.backend() != name:
        raise ModelError(
            f"model.backend is {name}, but Keras already runs on {running.backend.backend()} in this process; "
            "start another process, or change model.backend"
        )
    os.environ["KERAS_BACKEND"] = name


@contextmanager
def _silence_native_code() -> Iterator[None]:
    """Discard what native code writes to standard error, inside the context.

    TensorFlow's libraries write greetings to file descriptor 2 before they read any setting that would silence them.
    Python's errors are raised and not written there, so none is lost.
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


def list_gpus(backend: Literal["tensorflow", "jax"]) -> list[str]:
    """Names of the GPUs that the backend sees in this process; it must have been started."""
    if backend == "jax":
        jax: Any = import_module("jax")
        return [str(device) for device in jax.devices() if device.platform == "gpu"]
    tensorflow: Any = import_module("tensorflow")
    return [str(device.name) for device in tensorflow.config.list_physical_devices("GPU")]
