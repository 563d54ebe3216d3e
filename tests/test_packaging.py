"""The wheel: what it installs, and that it works beside a user's own modules of the same names as our folders."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import camlode
from camlode.sql import PatternStore
from tests.factories import make_label, make_model, make_patterns, make_run_counts, make_run_result, make_run_start
from tests.factories import publish_run as publish

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
PACKAGES = ("config", "explorer", "pipeline", "rules", "sql", "workers")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from a copy of the sources so that nothing is written into them."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("camlode", *PACKAGES):
        # The links of `camlode` to the packages stay links, as in a clone.
        shutil.copytree(
            ROOT / name, folder / "source" / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "source")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    command += ["--disable-pip-version-check", "--wheel-dir", str(folder), str(folder / "source")]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


@pytest.fixture(scope="module")
def run_installed(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Runs Python with the installed wheel, in a folder whose modules raise an error when they are imported."""
    site, folder = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("user")
    wheel.extractall(site)
    for name in PACKAGES:
        (folder / f"{name}.py").write_text(f"raise ImportError('this is the {name}.py of the user')\n")

    def run(*arguments: str) -> str:
        # Both -c and -m put the working folder first on the path, as a script's folder is.
        command = [sys.executable, *arguments]
        environment = os.environ | {"PYTHONPATH": str(site)}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_it_installs_nothing_at_the_top_level_but_camlode(wheel: zipfile.ZipFile) -> None:
    top = {name.partition("/")[0] for name in wheel.namelist()}
    assert top == {"camlode", next(name for name in top if name.endswith(".dist-info"))}


def test_it_holds_every_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    sources = {
        f"camlode/{path.relative_to(ROOT)}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in wheel.namelist() if name.startswith("camlode/")}
    assert packed == {*sources, "camlode/__init__.py"}


def test_all_public_names_load_beside_modules_of_our_folders_names(run_installed: Callable[..., str]) -> None:
    code = (
        "import camlode, sys\n"
        "print([name for name in camlode.__all__ if getattr(camlode, name) is None])\n"
        f"print(sys.modules.keys() & {[*PACKAGES]}, camlode.__file__)"
    )
    missing, loaded = run_installed("-c", code).splitlines()
    assert missing == "[]"
    assert loaded.startswith("set() ")
    assert not loaded.endswith(str(camlode.__file__))


def test_the_command_line_runs_there(run_installed: Callable[..., str], tmp_path: Path) -> None:
    model = make_model(("food",))
    patterns = make_patterns({"food": ["olive oil"]})
    result = make_run_result(patterns, [make_label("food")], make_run_counts(60, matched_documents=60))
    publish(PatternStore(tmp_path / "patterns.db", create=True), make_run_start(model), result)
    assert "olive oil" in run_installed("-m", "camlode.pipeline.cli", "query", str(tmp_path / "patterns.db"))
    assert "mine" in run_installed("-m", "camlode.pipeline.cli", "--help")
