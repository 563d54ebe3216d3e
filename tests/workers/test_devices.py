from __future__ import annotations

import os

import pytest
import ray

from workers.devices import assigned_gpus


def seen() -> tuple[list[str], str | None]:
    return assigned_gpus(), os.environ.get("CUDA_VISIBLE_DEVICES")


@pytest.mark.usefixtures("ray_with_gpus")
def test_a_process_without_a_gpu_of_its_own_sees_none() -> None:
    without = ray.remote(num_gpus=0)(seen)
    assert ray.get(without.remote()) == ([], "")


@pytest.mark.usefixtures("ray_with_gpus")
def test_a_process_with_a_gpu_sees_that_one_alone() -> None:
    gpus, visible = ray.get(ray.remote(num_gpus=1)(seen).remote())
    assert len(gpus) == 1
    assert visible == gpus[0]
