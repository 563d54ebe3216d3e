"""TensorFlow as camlode wants it: quiet, with its share of the threads, and the same answer each time."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def start_tensorflow(*, threads: int | None = None, seed: int = 0) -> Any:
    """Imports TensorFlow, once per process, and returns the module.

    `threads`: how many threads each of its pools may have; None leaves it to TensorFlow. On GPUs, memory is
    taken as needed and operations are made deterministic, which TensorFlow's CPU kernels are already.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _quiet_native_code():
        tensorflow: Any = import_module("tensorflow")
        gpus = tensorflow.config.list_physical_devices("GPU")
    tensorflow.get_logger().setLevel("ERROR")
    if threads is not None:
        _limit_threads(tensorflow, threads)
    import_module("keras").utils.set_random_seed(seed)
    for gpu in gpus:
        # A process that has used its GPU already keeps the way it took the memory.
        with suppress(RuntimeError):
            tensorflow.config.experimental.set_memory_growth(gpu, True)
    if gpus:
        tensorflow.config.experimental.enable_op_determinism()
    return tensorflow


@contextmanager
def _quiet_native_code() -> Iterator[None]:
    """TensorFlow's libraries greet on the file of standard error, before any setting of theirs is read.

    Python's own errors are raised, not written there, so none is lost.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _limit_threads(tensorflow: Any, threads: int) -> None:
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
