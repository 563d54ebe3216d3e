"""What a submitted job takes along to its cluster: the job itself, and our own packages."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config import Job

PACKAGES = ("config", "pipeline", "rules", "sql", "workers")


def serialize_job(job: Job) -> str:
    """A job file that loads as the same job in any folder: it names the folder that its relative paths count from."""
    # JSON is YAML.
    return json.dumps({"folder": str(job.folder), **job.model_dump(mode="json")}, ensure_ascii=False, indent=1)


def find_package_folders() -> list[str]:
    """The folders of our packages, and of their metadata, where each run looks camlode's version up."""
    modules = [import_module(name) for name in PACKAGES]
    folders = [Path(module.__file__).parent for module in modules if module.__file__]
    try:
        metadata = [Path(str(file.locate())).parent for file in files("camlode") or () if file.name == "METADATA"]
    except PackageNotFoundError:
        metadata = []
    return [str(folder) for folder in [*folders, *metadata]]
