"""The same integers, bit for bit, for any number of threads and any order of shards.

Run as a script with a number of threads and an order, it prints the importances of two shards.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def explain_shards(order: str) -> str:
    """The importances of two shards, the same ones each time, explained "forwards" or "backwards"; as hexadecimals."""
    import keras
    import numpy as np
    from keras import layers

    from camlode.pipeline.attribution.attributor import Attributor
    from camlode.pipeline.attribution.decision import Decision
    from camlode.pipeline.attribution.target_layers import select_target_layers
    from camlode.pipeline.models.keras_classifier import wrap_keras_model
    from camlode.pipeline.records import Tokens

    keras.utils.set_random_seed(1)
    ids = keras.Input((24,), dtype="int32")
    embedded = layers.Embedding(50, 32)(ids)
    pooled = [layers.GlobalMaxPooling1D()(layers.Conv1D(64, size, activation="relu")(embedded)) for size in (2, 3, 4)]
    model = keras.Model(ids, layers.Dense(5, activation="sigmoid")(layers.Concatenate()(pooled)))
    classifier = wrap_keras_model(model)
    target_layers = select_target_layers(classifier, "auto", tokens=24)
    decision = Decision("multilabel", (0.45,) * 5)
    attributor = Attributor(classifier, target_layers, decision, length=24, batch_size=64, largest_id=49)
    chance = np.random.default_rng(0)

    def draw_shard(count: int) -> Tokens:
        sizes = chance.integers(1, 25, count)
        numbers = chance.integers(1, 50, sizes.sum()).astype(np.int32)
        return Tokens(numbers, numbers, numbers, np.cumsum([0, *sizes]), np.zeros(count, bool))

    shards = [draw_shard(150), draw_shard(70)]
    if order == "backwards":
        results = [attributor.attribute(each) for each in shards[::-1]][::-1]
    else:
        results = [attributor.attribute(each) for each in shards]
    arrays = [array for each in results for array in (each.labels, each.values, each.padding)]
    return "\n".join(array.tobytes().hex() for array in arrays)


def test_threads_and_the_order_of_shards_change_nothing(keras: Any) -> None:
    # This process has as many threads as there are cores.
    expected = explain_shards("forwards")
    assert len(expected) > 10_000
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    command = [sys.executable, __file__, "1", "backwards"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == expected


if __name__ == "__main__":
    from camlode.pipeline.models.runtime import start_tensorflow

    start_tensorflow(threads=int(sys.argv[1]), seed=1)
    print(explain_shards(sys.argv[2]))
