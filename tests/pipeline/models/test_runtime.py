from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import os
os.environ["KERAS_BACKEND"] = "numpy"
from pipeline.models.runtime import start_tensorflow
tensorflow = start_tensorflow(threads=1, seed=5)
start_tensorflow(threads=1, seed=5)
import keras, random
print(keras.backend.backend(), tensorflow.config.threading.get_intra_op_parallelism_threads(), random.random())
"""


def test_starting_sets_backend_threads_and_seed_and_says_nothing() -> None:
    result = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["tensorflow", "1", "0.6229016948897019"]
