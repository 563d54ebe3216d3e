"""Which devices a process may use."""

from __future__ import annotations

import os

import ray


def restrict_to_assigned_gpus() -> list[str]:
    """The GPUs that Ray has pinned this process to. Without any, all others are hidden from it: Ray itself hides them
    only from those that have one.
    """
    gpus = [str(number) for number in ray.get_runtime_context().get_accelerator_ids()["GPU"]]
    if not gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    return gpus
