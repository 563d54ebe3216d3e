"""TensorFlow, started once as camlode starts it."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="session")
def keras() -> Any:
    from pipeline.models.runtime import start_tensorflow

    start_tensorflow(seed=7)
    import keras

    return keras
