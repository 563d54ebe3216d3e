from __future__ import annotations

from typing import Any

import pytest

from camlode.pipeline.doctor.checks import GPU_REMEDIES, RAY_REMEDY, REINSTALL_REMEDY, check_backends
from camlode.pipeline.doctor.probes import CheckResult, ProbeResult


def model(*gpus: str) -> ProbeResult:
    return ProbeResult({"version": "2", "keras": "3.9", "gpus": [*gpus]})


def ray(gpus: float, workers: int = 2) -> ProbeResult:
    return ProbeResult({"version": "2", "cpus": 8, "gpus": gpus, "workers": workers})


def found(first: ProbeResult, second: ProbeResult, backend: Any = "tensorflow", **options: Any) -> list[CheckResult]:
    return [*check_backends(backend, first, second, **{"required": False} | options)]


def test_both_start() -> None:
    assert found(model(), ray(0.0)) == [
        CheckResult("TensorFlow starts", "ok", "with Keras 3.9"),
        CheckResult("Ray starts", "ok", "with 8 CPUs and 0 GPUs: 2 attributors"),
        CheckResult("GPUs", "ok", "TensorFlow sees 0 here, Ray 0 here: attribution runs on CPUs"),
    ]


def test_neither_starts() -> None:
    assert found(ProbeResult(None, "it crashed"), ProbeResult({"error": "no room"}), "jax", required=True) == [
        CheckResult("JAX starts", "problem", "it crashed", REINSTALL_REMEDY, True),
        CheckResult("Ray starts", "problem", "no room", RAY_REMEDY, True),
    ]


@pytest.mark.parametrize(
    ("first", "second", "elsewhere", "state", "line"),
    [
        (model("GPU:0"), ray(1.0), False, "ok", "TensorFlow sees 1 here, Ray 1 here"),
        # The driver is there, since Ray sees it, and TensorFlow's libraries for it aren't.
        (model(), ray(1.0), False, "problem", "TensorFlow sees 0 here, Ray 1 here"),
        (model(), ray(8.0), True, "ok", "TensorFlow sees 0 here, Ray 8 on its cluster"),
        (
            model("GPU:0"),
            ray(0.0),
            True,
            "ok",
            "TensorFlow sees 1 here, Ray 0 on its cluster: attribution runs on CPUs",
        ),
        (model("GPU:0"), ProbeResult(None, "x"), False, "ok", "TensorFlow sees 1 here"),
    ],
)
def test_gpus_that_one_of_them_sees(
    first: ProbeResult, second: ProbeResult, elsewhere: bool, state: str, line: str
) -> None:
    *_, gpus = found(first, second, elsewhere=elsewhere)
    assert (gpus.state, gpus.found) == (state, line)
    assert gpus.remedy == (GPU_REMEDIES["tensorflow"] if state == "problem" else "")
    assert not gpus.fails
