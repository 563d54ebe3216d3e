from __future__ import annotations

import pytest

from camlode.config import Run, WorkerError
from camlode.workers.cluster import Resources, _start, allocate_resources, join_cluster


@pytest.mark.parametrize(
    ("run", "available", "expected"),
    [
        (Run(), {"CPU": 1.0}, Resources(1, 0.0, 1, 1)),
        (Run(), {"CPU": 2.0}, Resources(2, 0.0, 1, 2)),
        (Run(), {"CPU": 16.0}, Resources(4, 0.0, 4, 16)),
        (Run(workers=1), {"CPU": 2.0}, Resources(1, 0.0, 2, 2)),
        (Run(workers=2), {"CPU": 2.0}, Resources(2, 0.0, 1, 2)),
        (Run(workers=2), {"CPU": 5.0}, Resources(2, 0.0, 2, 5)),
        (Run(), {"CPU": 8.0, "GPU": 2.0}, Resources(2, 1.0, None, 6, 1)),
        (Run(workers=1), {"CPU": 8.0, "GPU": 2.0}, Resources(1, 1.0, None, 7, 1)),
        (Run(gpus_per_worker=0.5), {"CPU": 8.0, "GPU": 2.0}, Resources(4, 0.5, None, 4, 1)),
        (Run(), {"CPU": 2.0, "GPU": 2.0}, Resources(2, 1.0, None, 2)),
        (Run(gpus_per_worker=0), {"CPU": 8.0, "GPU": 2.0}, Resources(4, 0.0, 2, 8)),
    ],
)
def test_a_cluster_is_shared_out_among_attributors(run: Run, available: dict[str, float], expected: Resources) -> None:
    assert allocate_resources(run, available) == expected


@pytest.mark.parametrize(
    ("run", "available", "words"),
    [
        (Run(gpus_per_worker=1), {"CPU": 2.0}, "run.gpus_per_worker is 1, but the cluster has 0 GPUs"),
        (Run(workers=3), {"CPU": 2.0}, "run.workers is 3, but the cluster's CPUs are enough for 2"),
        (Run(workers=3), {"CPU": 8.0, "GPU": 2.0}, "run.workers is 3, but the cluster's GPUs are enough for 2"),
    ],
)
def test_more_than_there_is_is_refused(run: Run, available: dict[str, float], words: str) -> None:
    with pytest.raises(WorkerError, match=words):
        allocate_resources(run, available)


def test_a_cluster_that_is_not_there_is_one_clear_line() -> None:
    run = Run(address="127.0.0.1:9")
    with pytest.raises(WorkerError, match=r"nothing answers at run\.address 127\.0\.0\.1:9"):
        _start(run)


@pytest.mark.usefixtures("ray_with_gpus")
def test_a_ray_that_runs_already_is_used_and_left_running() -> None:
    import ray

    with join_cluster(Run()) as resources:
        assert resources == Resources(2, 1.0, None, 2)
    assert ray.is_initialized()
