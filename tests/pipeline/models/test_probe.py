from __future__ import annotations

from importlib.metadata import version
from typing import Any

from camlode.pipeline.models.probe import probe_backend


def test_a_backend_that_starts(keras: Any) -> None:
    found = probe_backend("tensorflow")
    assert (found["version"], found["keras"]) == (version("tensorflow"), version("keras"))
    assert isinstance(found["gpus"], list)


def test_a_backend_that_cannot_be_used(keras: Any) -> None:
    found = probe_backend("jax")
    assert found.keys() == {"error"}
    assert found["error"].startswith("model.backend is jax, but Keras already runs on tensorflow in this process")
