from __future__ import annotations

from importlib.metadata import version

import pytest

from camlode.pipeline.doctor.checks import (
    EXTRAS,
    MAIN_LIBRARIES,
    Requirement,
    check_packages,
    parse_requirements,
    requirement_problem,
)


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
