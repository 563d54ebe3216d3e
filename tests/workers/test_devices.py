from __future__ import annotations

import os

import pytest
import ray

from camlode.workers.cluster import restrict_to_assigned_gpus


def get_visible_gpus() -> tuple[list[str], str | None]:
    return restrict_to_assigned_gpus(), os.environ.get("CUDA_VISIBLE_DEVICES")


@pytest.mark.usefixtures("ray_with_gpus")
def test_a_process_without_a_gpu_of_its_own_sees_none() -> None:
    without = ray.remote(num_gpus=0)(get_visible_gpus)
    assert ray.get(without.remote()) == ([], "")


@pytest.mark.usefixtures("ray_with_gpus")
def test_a_process_with_a_gpu_sees_that_one_alone() -> None:
    gpus, visible = ray.get(ray.remote(num_gpus=1)(get_visible_gpus).remote())
    assert len(gpus) == 1
    assert visible == gpus[0]
