"""Jobs: typed sections, loaded from YAML, validated and fingerprinted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from camlode.config.errors import (
    CamlodeError,
    CorpusError,
    JobError,
    ModelError,
    StoreError,
    TokenizerError,
    WorkerError,
)

if TYPE_CHECKING:
    from camlode.config.attribution import Attribution
    from camlode.config.classifier import Model, Tokenizer
    from camlode.config.fingerprints import (
        combine_fingerprint_parts,
        compute_digests,
        compute_fingerprint,
        compute_fingerprint_parts,
    )
    from camlode.config.job import Job
    from camlode.config.labels import read_labels, resolve_thresholds
    from camlode.config.load import load_job, parse_job
    from camlode.config.sections import Corpus, Fragments, Patterns, Run, Store

__all__ = [
    "Attribution",
    "CamlodeError",
    "Corpus",
    "CorpusError",
    "Fragments",
    "Job",
    "JobError",
    "Model",
    "ModelError",
    "Patterns",
    "Run",
    "Store",
    "StoreError",
    "Tokenizer",
    "TokenizerError",
    "WorkerError",
    "combine_fingerprint_parts",
    "compute_digests",
    "compute_fingerprint",
    "compute_fingerprint_parts",
    "load_job",
    "parse_job",
    "read_labels",
    "resolve_thresholds",
]

_HOMES = {
    "attribution": ("Attribution",),
    "classifier": ("Model", "Tokenizer"),
    "fingerprints": (
        "compute_digests",
        "compute_fingerprint",
        "combine_fingerprint_parts",
        "compute_fingerprint_parts",
    ),
    "job": ("Job",),
    "labels": ("read_labels", "resolve_thresholds"),
    "load": ("load_job", "parse_job"),
    "sections": ("Corpus", "Fragments", "Patterns", "Run", "Store"),
}


def __getattr__(name: str) -> Any:
    # Lazy: importing only config.errors does not load pydantic.
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"camlode.config.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
