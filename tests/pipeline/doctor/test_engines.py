from __future__ import annotations

from typing import Any

import pytest

from pipeline.doctor.children import Answer
from pipeline.doctor.engines import GPU_REMEDIES, RAY_REMEDY, REINSTALL, engine_findings
from pipeline.doctor.finding import Finding


def model(*gpus: str) -> Answer:
    return Answer({"version": "2", "keras": "3.9", "gpus": [*gpus]})


def ray(gpus: float, workers: int = 2) -> Answer:
    return Answer({"version": "2", "cpus": 8, "gpus": gpus, "workers": workers})


def found(first: Answer, second: Answer, backend: Any = "tensorflow", **options: Any) -> list[Finding]:
    return [*engine_findings(backend, first, second, **{"asked": False} | options)]


def test_both_start() -> None:
    assert found(model(), ray(0.0)) == [
        Finding("TensorFlow starts", "ok", "with Keras 3.9"),
        Finding("Ray starts", "ok", "with 8 CPUs and 0 GPUs: 2 attributors"),
        Finding("GPUs", "ok", "TensorFlow sees 0 here, Ray 0 here: attribution runs on CPUs"),
    ]


def test_neither_starts() -> None:
    assert found(Answer(None, "it crashed"), Answer({"error": "no room"}), "jax", asked=True) == [
        Finding("JAX starts", "problem", "it crashed", REINSTALL, True),
        Finding("Ray starts", "problem", "no room", RAY_REMEDY, True),
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
        (model("GPU:0"), Answer(None, "x"), False, "ok", "TensorFlow sees 1 here"),
    ],
)
def test_gpus_that_one_of_them_sees(first: Answer, second: Answer, elsewhere: bool, state: str, line: str) -> None:
    *_, gpus = found(first, second, elsewhere=elsewhere)
    assert (gpus.state, gpus.found) == (state, line)
    assert gpus.remedy == (GPU_REMEDIES["tensorflow"] if state == "problem" else "")
    assert not gpus.fails
