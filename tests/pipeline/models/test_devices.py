from __future__ import annotations

from typing import Any

from camlode.pipeline.models.runtime import list_gpus


def test_the_gpus_that_tensorflow_sees(keras: Any) -> None:
    import tensorflow as tf

    assert list_gpus("tensorflow") == [device.name for device in tf.config.list_physical_devices("GPU")]
    assert list_gpus("tensorflow") == [
        f"/physical_device:GPU:{number}" for number in range(len(list_gpus("tensorflow")))
    ]
