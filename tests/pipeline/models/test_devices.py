from __future__ import annotations

from typing import Any

from pipeline.models.devices import gpus_seen


def test_the_gpus_that_tensorflow_sees(keras: Any) -> None:
    import tensorflow as tf

    assert gpus_seen("tensorflow") == [device.name for device in tf.config.list_physical_devices("GPU")]
    assert gpus_seen("tensorflow") == [
        f"/physical_device:GPU:{number}" for number in range(len(gpus_seen("tensorflow")))
    ]
