"""The GPUs that a backend sees in this process."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from typing import Any


def list_gpus(backend: Literal["tensorflow", "jax"]) -> list[str]:
    """The names of the GPUs; the backend must have been started."""
    if backend == "jax":
        jax: Any = import_module("jax")
        return [str(device) for device in jax.devices() if device.platform == "gpu"]
    tensorflow: Any = import_module("tensorflow")
    return [str(device.name) for device in tensorflow.config.list_physical_devices("GPU")]
