from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

import camlode.config
from camlode.config.job import SECTIONS

FILE = Path(camlode.config.__file__).parent / "rayjob.yaml"


@pytest.fixture
def spec() -> dict[str, Any]:
    """What the RayJob asks for."""
    ray_job: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert (ray_job["apiVersion"], ray_job["kind"]) == ("ray.io/v1", "RayJob")
    return ray_job["spec"]  # type: ignore[no-any-return]


def test_the_entrypoint_mines_with_options_that_exist(spec: dict[str, Any]) -> None:
    command, verb, job_file, *options = shlex.split(spec["entrypoint"])
    assert (command, verb, job_file) == ("camlode", "mine", "/shared/job.yaml")
    assert set(options[::2]) == {"--set"}
    keys = [tuple(option.partition("=")[0].split(".")) for option in options[1::2]]
    assert [(section, key) for section, key in keys if key not in SECTIONS[section].model_fields] == []


def test_the_cluster_goes_away_with_its_job(spec: dict[str, Any]) -> None:
    assert spec["shutdownAfterJobFinishes"] is True


def test_gpu_workers_come_and_go_with_the_work(spec: dict[str, Any]) -> None:
    cluster = spec["rayClusterSpec"]
    (group,) = cluster["workerGroupSpecs"]
    assert cluster["enableInTreeAutoscaling"] is True
    assert group["minReplicas"] <= group["replicas"] < group["maxReplicas"]
    (container,) = group["template"]["spec"]["containers"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"


def test_every_pod_has_the_image_and_the_shared_folder(spec: dict[str, Any]) -> None:
    cluster = spec["rayClusterSpec"]
    pods = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    containers = [container for pod in pods for container in pod["template"]["spec"]["containers"]]
    assert len({container["image"] for container in containers}) == 1
    assert [mount["mountPath"] for container in containers for mount in container["volumeMounts"]] == ["/shared"] * 2
    volumes = [volume for pod in pods for volume in pod["template"]["spec"]["volumes"]]
    assert [volume["persistentVolumeClaim"] for volume in volumes] == [{"claimName": "camlode"}] * 2
