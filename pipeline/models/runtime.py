"""TensorFlow as camlode wants it: quiet, with its share of the threads, and the same answer each time."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any


def start_tensorflow(*, threads: int | None = None, seed: int = 0) -> Any:
    """Imports TensorFlow, once per process, and returns the module.

    `threads`: how many threads each of its pools may have; None leaves it to TensorFlow. On GPUs, memory is
    taken as needed and operations are made deterministic, which TensorFlow's CPU kernels are already.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    tensorflow: Any = import_module("tensorflow")
    tensorflow.get_logger().setLevel("ERROR")
    if threads is not None:
        _limit_threads(tensorflow, threads)
    import_module("keras").utils.set_random_seed(seed)
    gpus = tensorflow.config.list_physical_devices("GPU")
    for gpu in gpus:
        tensorflow.config.experimental.set_memory_growth(gpu, True)
    if gpus:
        tensorflow.config.experimental.enable_op_determinism()
    return tensorflow


def _limit_threads(tensorflow: Any, threads: int) -> None:
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
