"""The libraries that camlode says it needs: those of all, and those of each extra. None of them is imported."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, NamedTuple

from pipeline.doctor.finding import CheckResult

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

MAIN_LIBRARIES = ("tensorflow", "keras", "ray", "numpy", "pyarrow", "pandas", "sqlalchemy")
"""Libraries with a line of their own; the others share one."""

EXTRAS = {
    "explorer": "camlode serve",
    "huggingface": "tokenizer.name: huggingface",
    "jax": "model.backend: jax",
    "postgres": "stores in PostgreSQL",
    "sentencepiece": "tokenizer.name: sentencepiece",
    "spacy": "tokenizer.name: spacy, and export --format spacy",
}
"""What each extra is for; `gpu` is seen by the GPUs, and `bench` is for those who work at camlode."""

_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[^]]*\])?>=([\d.]+)(?:.*extra == \"([\w-]+)\")?")


class Requirement(NamedTuple):
    """A package, its least version, and the extra that needs it: none, where all do."""

    name: str
    minimum: str
    extra: str | None


def parse_requirements(lines: Iterable[str]) -> list[Requirement]:
    """The requirements in the lines of a package's metadata, such as 'jax>=0.5; extra == "jax"'."""
    return [Requirement(found[1], found[2], found[3]) for line in lines if (found := _REQUIREMENT.match(line))]


def check_packages(needed: Collection[str] = ()) -> Iterator[CheckResult]:
    """Python, camlode, what it needs, and its extras; those in `needed` were asked for."""
    yield CheckResult("Python", "ok", platform.python_version())
    yield CheckResult("camlode", "ok", version("camlode"))
    found = parse_requirements(requires("camlode") or ())
    yield from _check_libraries([each for each in found if each.extra is None])
    for extra, purpose in EXTRAS.items():
        yield _check_extra(extra, purpose, [each for each in found if each.extra == extra], required=extra in needed)


def requirement_problem(requirement: Requirement) -> str | None:
    """What is wrong with a package in a few words; None where it is installed and new enough."""
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is not installed"
    if _parse_release(found) < _parse_release(requirement.minimum):
        return f"{requirement.name} is {found}, and at least {requirement.minimum} is needed"
    return None


def _check_libraries(needed: Iterable[Requirement]) -> Iterator[CheckResult]:
    others = []
    for each in sorted(
        needed, key=lambda each: MAIN_LIBRARIES.index(each.name) if each.name in MAIN_LIBRARIES else len(MAIN_LIBRARIES)
    ):
        if problem := requirement_problem(each):
            yield CheckResult(each.name, "missing", problem, f"pip install '{each.name}>={each.minimum}'")
        elif each.name in MAIN_LIBRARIES:
            yield CheckResult(each.name, "ok", version(each.name))
        else:
            others.append(each.name)
    yield CheckResult("other libraries", "ok", f"{len(others)} of them")


def _check_extra(extra: str, purpose: str, needed: Iterable[Requirement], *, required: bool) -> CheckResult:
    name = f"extra {extra}"
    problems = [problem for each in needed if (problem := requirement_problem(each))]
    if not problems:
        return CheckResult(name, "ok", f"for {purpose}", required=required)
    return CheckResult(
        name, "missing", f"for {purpose}: {', '.join(problems)}", f"pip install 'camlode[{extra}]'", required=required
    )


def _parse_release(text: str) -> tuple[int, ...]:
    """The release that a version begins with: "2.18.1rc0" is (2, 18, 1)."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(map(int, found[0].split("."))) if found else ()
