"""The libraries that camlode says it needs: those of all, and those of each extra. None of them is imported."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, NamedTuple

from pipeline.doctor.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

FIRST = ("tensorflow", "keras", "ray", "numpy", "pyarrow", "pandas", "sqlalchemy")
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
    least: str
    extra: str | None


def requirements(lines: Iterable[str]) -> list[Requirement]:
    """The requirements in the lines of a package's metadata, such as 'jax>=0.5; extra == "jax"'."""
    return [Requirement(found[1], found[2], found[3]) for line in lines if (found := _REQUIREMENT.match(line))]


def package_findings(needed: Collection[str] = ()) -> Iterator[Finding]:
    """Python, camlode, what it needs, and its extras; those in `needed` were asked for."""
    yield Finding("Python", "ok", platform.python_version())
    yield Finding("camlode", "ok", version("camlode"))
    found = requirements(requires("camlode") or ())
    yield from _libraries([each for each in found if each.extra is None])
    for extra, purpose in EXTRAS.items():
        yield _extra(extra, purpose, [each for each in found if each.extra == extra], asked=extra in needed)


def lacking(requirement: Requirement) -> str | None:
    """What is wrong with a package in a few words; None where it is installed and new enough."""
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is not installed"
    if _numbers(found) < _numbers(requirement.least):
        return f"{requirement.name} is {found}, and at least {requirement.least} is needed"
    return None


def _libraries(needed: Iterable[Requirement]) -> Iterator[Finding]:
    others = []
    for each in sorted(needed, key=lambda each: FIRST.index(each.name) if each.name in FIRST else len(FIRST)):
        if problem := lacking(each):
            yield Finding(each.name, "missing", problem, f"pip install '{each.name}>={each.least}'")
        elif each.name in FIRST:
            yield Finding(each.name, "ok", version(each.name))
        else:
            others.append(each.name)
    yield Finding("other libraries", "ok", f"{len(others)} of them")


def _extra(extra: str, purpose: str, needed: Iterable[Requirement], *, asked: bool) -> Finding:
    name = f"extra {extra}"
    problems = [problem for each in needed if (problem := lacking(each))]
    if not problems:
        return Finding(name, "ok", f"for {purpose}", asked=asked)
    return Finding(
        name, "missing", f"for {purpose}: {', '.join(problems)}", f"pip install 'camlode[{extra}]'", asked=asked
    )


def _numbers(text: str) -> tuple[int, ...]:
    """The release that a version begins with: "2.18.1rc0" is (2, 18, 1)."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(map(int, found[0].split("."))) if found else ()
