"""Who may import whom: the layers of the project, read from the sources."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("config", "explorer", "pipeline", "rules", "sql", "workers")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

# A layer may import the layers named; of ours, nothing else. The first part that matches a module decides.
ALLOWED: dict[str, tuple[str, ...]] = {
    "config": ("config",),
    "rules": (
        "config",
        "pipeline.bootstrap",
        "pipeline.fragments.characters",
        "pipeline.fragments.folding",
        "pipeline.views.fonts",
        "pipeline.views.visible",
        "rules",
        "sql",
    ),
    "sql": ("config", "pipeline.fragments.folding", "sql"),
    "explorer": (
        "config",
        "explorer",
        "pipeline.auditing",
        "pipeline.explaining",
        "pipeline.explanation",
        "pipeline.views",
        "rules",
        "sql",
    ),
    "workers": (
        "config",
        "pipeline.models.runtime",
        "pipeline.records",
        "pipeline.stages",
        "pipeline.tokenizers",
        "workers",
    ),
    "pipeline.bootstrap": (),
    "pipeline.records": (),
    "pipeline.formats": ("config", "pipeline.formats", "pipeline.records"),
    "pipeline.tokenizers": ("config", "pipeline.records", "pipeline.tokenizers"),
    "pipeline.models": ("config", "pipeline.attribution", "pipeline.models", "pipeline.tokenizers.vectorizer"),
    "pipeline.attribution": ("config", "pipeline.attribution", "pipeline.models", "pipeline.records"),
    "pipeline.fragments": ("pipeline.fragments", "pipeline.records", "pipeline.tokenizers.segment"),
    "pipeline.stages": (
        "config",
        "pipeline.attribution",
        "pipeline.formats",
        "pipeline.fragments",
        "pipeline.models",
        "pipeline.records",
        "pipeline.stages",
        "pipeline.tokenizers",
        "rules.classifier",
        "rules.matcher",
        "rules.weights",
        "sql",
    ),
    "pipeline.views": (
        "config.errors",
        "pipeline.explanation",
        "pipeline.faithfulness",
        "pipeline.records",
        "pipeline.reporting.rule_sets",
        "pipeline.runs",
        "pipeline.views",
        "workers",
    ),
    "pipeline.explanation": ("config", "pipeline.explanation_reading", "pipeline.views.explanation_html"),
    "pipeline.explanation_reading": ("config", "pipeline.explanation"),
    "pipeline.faithfulness": (
        "config",
        "pipeline.bootstrap",
        "pipeline.faithfulness",
        "pipeline.models",
        "pipeline.records",
        "pipeline.stages",
        "pipeline.tokenizers",
    ),
    "pipeline.explanation_making": (
        "pipeline.explanation",
        "pipeline.fragments",
        "pipeline.records",
        "pipeline.tokenizers",
    ),
    "pipeline.explaining": (
        "config",
        "pipeline.explanation",
        "pipeline.explanation_making",
        "pipeline.models",
        "pipeline.records",
        "pipeline.stages",
        "pipeline.tokenizers",
    ),
    "pipeline.auditing": (
        "config",
        "pipeline.auditing",
        "pipeline.fragments.characters",
        "pipeline.stages.statistics",
        "sql",
    ),
    "pipeline.reporting": ("config", "pipeline.auditing", "pipeline.faithfulness.report", "pipeline.reporting", "sql"),
    "pipeline.runs": ("config", "pipeline.records", "pipeline.runs", "pipeline.stages", "sql", "workers"),
    "pipeline.rehearsal": (
        "config",
        "pipeline.machine",
        "pipeline.models",
        "pipeline.records",
        "pipeline.rehearsal",
        "pipeline.runs.conditions",
        "pipeline.runs.resuming",
        "pipeline.stages",
        "pipeline.tokenizers",
        "sql",
    ),
    "pipeline.doctor": (
        "config",
        "pipeline.doctor",
        "pipeline.machine",
        "pipeline.stages.plan",
        "pipeline.views.fonts",
        "sql",
    ),
    "pipeline.mining": ("config", "pipeline.records", "pipeline.runs", "pipeline.stages", "sql", "workers"),
    "pipeline.commands.serving": ("config", "explorer", "pipeline.commands"),
    "pipeline": ("config", "pipeline", "rules", "sql", "workers"),
}

# Where each heavy library may be imported.
HOMES = {
    "fastapi": ("explorer",),
    "jinja2": ("explorer",),
    "starlette": ("explorer",),
    "uvicorn": ("explorer",),
    "ray": ("workers",),
    "sqlalchemy": ("sql",),
    "alembic": ("sql",),
    "tensorflow": ("pipeline.models", "pipeline.attribution"),
    "keras": ("pipeline.models", "pipeline.attribution", "pipeline.demo"),
    "jieba": ("pipeline.tokenizers", "rules.exports.jieba_words"),
    "rjieba": ("pipeline.tokenizers",),
    "jax": ("pipeline.models",),
    "matplotlib": ("pipeline.views", "rules.evaluating"),
    "spacy": ("pipeline.tokenizers", "rules.exports.spacy_patterns"),
    "tokenizers": ("pipeline.tokenizers",),
    "sentencepiece": ("pipeline.tokenizers",),
}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def running_imports(path: Path) -> set[str]:
    """Modules that a source imports when it runs, inside functions too; not those for type checking only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
    return found


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_a_module_imports_only_the_layers_below_it(path: Path) -> None:
    module = module_name(path)
    layer = max((each for each in ALLOWED if is_within(module, each)), key=len)
    ours = {name for name in running_imports(path) if name.partition(".")[0] in PACKAGES}
    refused = {name for name in ours if not any(is_within(name, allowed) for allowed in ALLOWED[layer])}
    assert not refused


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_heavy_libraries_are_imported_only_where_they_belong(path: Path) -> None:
    module = module_name(path)
    refused = {
        name
        for name in running_imports(path)
        for library, homes in HOMES.items()
        if is_within(name, library) and not any(is_within(module, home) for home in homes)
    }
    assert not refused


@pytest.mark.parametrize(
    "statement",
    [
        "import pipeline.cli",
        "from pipeline import audit",
        "from sql import PatternStore",
        "from pipeline.views import tables",
        "import rules.exports",
        "from rules.evaluation import evaluate",
        "from pipeline.rule_sources import read_rule_set",
    ],
)
def test_querying_loads_neither_ray_nor_tensorflow(statement: str) -> None:
    code = f"{statement}\nimport sys\nprint(sorted({{'ray', 'tensorflow', 'keras', 'pandas'}} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
