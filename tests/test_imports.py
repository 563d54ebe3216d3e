"""Which package may import which, and where heavy libraries may be imported: read from the sources."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import camlode

ROOT = Path(__file__).parents[1]
PACKAGES = ("config", "explorer", "pipeline", "rules", "sql", "workers")
SOURCES = {
    "camlode." + ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}

# From the lowest floor to the highest: a module imports only from its own package and from those above it in this list.
FLOORS = (
    "config",
    "pipeline.arrays",
    "pipeline.importance_unit",
    "pipeline.records",
    "pipeline.bootstrap",
    "pipeline.display",
    "pipeline.readers",
    "pipeline.tokenizers",
    "pipeline.fragments",
    "sql",
    "rules",
    "pipeline.models",
    "pipeline.attribution",
    "pipeline.explainer",
    "pipeline.stages",
    "pipeline.rule_prediction",
    "pipeline.explanations",
    "pipeline.faithfulness",
    "pipeline.audit",
    "pipeline.comparison",
    "workers",
    "pipeline.runs",
    "pipeline.predict_corpus",
    "pipeline.training_texts",
    "pipeline.mining",
    "pipeline.report",
    "pipeline.doctor",
    "pipeline.dry_run",
    "pipeline.demo",
    "explorer",
    "pipeline.commands",
    "pipeline.cli",
)

# Where each heavy library may be imported.
HOMES = {
    "fastapi": ("explorer",),
    "starlette": ("explorer",),
    "uvicorn": ("explorer",),
    "jinja2": ("explorer", "pipeline.display"),
    "ray": ("workers",),
    "sqlalchemy": ("sql",),
    "alembic": ("sql",),
    "tensorflow": ("pipeline.models", "pipeline.attribution"),
    "keras": ("pipeline.models", "pipeline.attribution", "pipeline.demo"),
    "jax": ("pipeline.models",),
    "jieba": ("pipeline.tokenizers", "rules.exports.jieba_words"),
    "rjieba": ("pipeline.tokenizers",),
    "matplotlib": ("pipeline.display", "pipeline.explanations", "rules.evaluation"),
    "spacy": ("pipeline.tokenizers", "rules.exports.spacy_patterns"),
    "tokenizers": ("pipeline.tokenizers",),
    "sentencepiece": ("pipeline.tokenizers",),
}


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def floor(module: str) -> int:
    return next(number for number, package in enumerate(FLOORS) if is_within(module, "camlode." + package))


def imported_modules(path: Path, *, at_start: bool = False) -> set[str]:
    """Modules that a source imports when it runs, not those for type checking only; `at_start`: outside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(node)
        for block in ast.walk(tree)
        if (isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING")
        or (at_start and isinstance(block, ast.FunctionDef | ast.AsyncFunctionDef))
        for node in ast.walk(block)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in SOURCES else node.module for name in names}
    return found


def test_no_module_imports_from_a_higher_floor() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, path in SOURCES.items()
        for name in imported_modules(path)
        if name in SOURCES and name != "camlode.pipeline" and module != "camlode.pipeline"
        if floor(name) > floor(module)
    ]
    assert not wrong


def test_heavy_libraries_are_imported_only_where_they_belong() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, path in SOURCES.items()
        for name in imported_modules(path)
        for library, homes in HOMES.items()
        if is_within(name, library) and not any(is_within(module, "camlode." + home) for home in homes)
    ]
    assert not wrong


def test_no_import_circle() -> None:
    graph = {module: imported_modules(path) & SOURCES.keys() - {module} for module, path in SOURCES.items()}
    # Raises CycleError with the circle.
    TopologicalSorter(graph).prepare()


def test_the_public_names_are_listed_once_and_all_load() -> None:
    assert list(camlode.__all__) == sorted(camlode.__all__)
    assert all(getattr(camlode, name) is not None for name in camlode.__all__)
    typed = next(node for node in ast.parse(Path(camlode.__file__).read_text()).body if isinstance(node, ast.If))
    declared = {alias.asname or alias.name for node in typed.body for alias in getattr(node, "names", [])}
    assert declared == {*camlode.__all__} == {*camlode._MODULES}


@pytest.mark.parametrize(
    "statement",
    [
        "import camlode",
        "import camlode.pipeline.cli",
        "from camlode import PatternStore, audit",
        "from camlode.pipeline.display import tables",
        "import camlode.rules.exports",
        "from camlode.rules.evaluation.evaluate import evaluate",
        "from camlode.rules.rule_file import read_rule_set",
    ],
)
def test_querying_loads_neither_ray_nor_tensorflow(statement: str) -> None:
    code = f"{statement}\nimport sys\nprint(sorted({{'ray', 'tensorflow', 'keras', 'pandas'}} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
