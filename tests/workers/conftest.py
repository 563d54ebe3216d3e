from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import ray

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def ray_with_gpus() -> Iterator[None]:
    """A Ray of four CPUs and two GPUs that exist only in its books, which is all that pinning needs."""
    ray.init(num_cpus=4, num_gpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()
