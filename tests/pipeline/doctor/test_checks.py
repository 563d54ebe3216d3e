from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest

from camlode.pipeline.doctor.checks import (
    EXTRAS,
    GPU_REMEDIES,
    MAIN_LIBRARIES,
    RAY_REMEDY,
    REINSTALL_REMEDY,
    CheckResult,
    Requirement,
    check_backends,
    check_packages,
    parse_requirements,
    requirement_problem,
)
from camlode.pipeline.doctor.probes import ProbeResult


def test_requirements_are_read_from_a_packages_metadata() -> None:
    lines = [
        "numpy>=2.0",
        "ray[default]>=2.40",
        'jax>=0.5; extra == "jax"',
        'tensorflow[and-cuda]>=2.18; extra == "gpu"',
        "unbounded",
    ]
    assert parse_requirements(lines) == [
        Requirement("numpy", "2.0", None),
        Requirement("ray", "2.40", None),
        Requirement("jax", "0.5", "jax"),
        Requirement("tensorflow", "2.18", "gpu"),
    ]


@pytest.mark.parametrize(
    ("name", "least", "problem"),
    [
        ("numpy", "2.0", None),
        ("numpy", version("numpy"), None),
        ("numpy", "99.1", f"numpy is {version('numpy')}, and at least 99.1 is needed"),
        ("no-such-package", "1.0", "no-such-package is not installed"),
    ],
)
def test_what_is_wrong_with_a_package(name: str, least: str, problem: str | None) -> None:
    assert requirement_problem(Requirement(name, least, None)) == problem


def test_what_camlode_needs_is_here() -> None:
    found = {each.check: each for each in check_packages()}
    assert found.keys() == {
        "Python",
        "camlode",
        *MAIN_LIBRARIES,
        "other libraries",
        *(f"extra {extra}" for extra in EXTRAS),
    }
    assert {each.state for each in found.values()} == {"ok"}
    assert found["tensorflow"].found == version("tensorflow")


def test_what_is_missing_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = ["numpy>=99", 'no-such-package>=1.5; extra == "jax"', 'pandas>=2; extra == "spacy"', "rich>=13"]
    monkeypatch.setattr("camlode.pipeline.doctor.checks.requires", lambda _: needs)
    found = {each.check: each for each in check_packages({"jax"})}
    numpy, jax = found["numpy"], found["extra jax"]
    assert (numpy.state, numpy.remedy, numpy.fails) == ("missing", "pip install 'numpy>=99'", False)
    assert (jax.state, jax.remedy, jax.fails) == ("missing", "pip install 'camlode[jax]'", True)
    assert jax.found == "for model.backend: jax: no-such-package is not installed"
    assert (found["extra spacy"].state, found["other libraries"].found) == ("ok", "1 of them")


def model(*gpus: str) -> ProbeResult:
    return ProbeResult({"version": "2", "keras": "3.9", "gpus": [*gpus]})


def ray(gpus: float, workers: int = 2) -> ProbeResult:
    return ProbeResult({"version": "2", "cpus": 8, "gpus": gpus, "workers": workers})


def run_checks(
    first: ProbeResult, second: ProbeResult, backend: Any = "tensorflow", **options: Any
) -> list[CheckResult]:
    return [*check_backends(backend, first, second, **{"required": False} | options)]


def test_both_start() -> None:
    assert run_checks(model(), ray(0.0)) == [
        CheckResult("TensorFlow starts", "ok", "with Keras 3.9"),
        CheckResult("Ray starts", "ok", "with 8 CPUs and 0 GPUs: 2 workers"),
        CheckResult("GPUs", "ok", "TensorFlow sees 0 here, Ray 0 here: attribution runs on CPUs"),
    ]


def test_neither_starts() -> None:
    assert run_checks(ProbeResult(None, "it crashed"), ProbeResult({"error": "no room"}), "jax", required=True) == [
        CheckResult("JAX starts", "problem", "it crashed", REINSTALL_REMEDY, True),
        CheckResult("Ray starts", "problem", "no room", RAY_REMEDY, True),
    ]


@pytest.mark.parametrize(
    ("first", "second", "remote", "state", "line"),
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
    first: ProbeResult, second: ProbeResult, remote: bool, state: str, line: str
) -> None:
    *_, gpus = run_checks(first, second, remote=remote)
    assert (gpus.state, gpus.found) == (state, line)
    assert gpus.remedy == (GPU_REMEDIES["tensorflow"] if state == "problem" else "")
    assert not gpus.fails
