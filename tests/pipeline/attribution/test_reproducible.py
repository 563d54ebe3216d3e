"""The same integers, bit for bit, whatever the number of threads and whatever other shards there are."""

from __future__ import annotations

import os
import subprocess
import sys

_SCRIPT = """
import sys
import numpy as np
from camlode.pipeline.models.runtime import start_tensorflow
start_tensorflow(threads=int(sys.argv[1]), seed=1)
import keras
from keras import layers
from camlode.pipeline.attribution.attributor import Attributor
from camlode.pipeline.attribution.decision import Decision
from camlode.pipeline.attribution.target_layers import select_target_layers
from camlode.pipeline.models.keras_classifier import wrap_keras_model
from camlode.pipeline.records import Tokens
ids = keras.Input((24,), dtype="int32")
embedded = layers.Embedding(50, 32)(ids)
pooled = [layers.GlobalMaxPooling1D()(layers.Conv1D(64, size, activation="relu")(embedded)) for size in (2, 3, 4)]
model = keras.Model(ids, layers.Dense(5, activation="sigmoid")(layers.Concatenate()(pooled)))
classifier = wrap_keras_model(model)
target_layers = select_target_layers(classifier, "auto", tokens=24)
decision = Decision("multilabel", (0.45,) * 5)
attributor = Attributor(classifier, target_layers, decision, length=24, batch_size=64, largest_id=49)
chance = np.random.default_rng(0)
def shard(count):
    sizes = chance.integers(1, 25, count)
    numbers = chance.integers(1, 50, sizes.sum()).astype(np.int32)
    return Tokens(numbers, numbers, numbers, np.cumsum([0, *sizes]), np.zeros(count, bool))
first, second = shard(150), shard(70)
order = [first, second] if sys.argv[2] == "forwards" else [second, first]
results = [attributor.attribute(each) for each in order]
for result in results if sys.argv[2] == "forwards" else results[::-1]:
    print(result.labels.tobytes().hex(), result.values.tobytes().hex(), result.padding.tobytes().hex())
"""


def _run(threads: int, order: str) -> str:
    command = [sys.executable, "-c", _SCRIPT, str(threads), order]
    free = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=free)
    return result.stdout


def test_threads_and_the_order_of_shards_change_nothing() -> None:
    one = _run(1, "forwards")
    assert len(one) > 10_000
    assert _run(2, "backwards") == one
