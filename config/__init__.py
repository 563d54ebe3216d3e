"""What a job is: typed sections, loaded from YAML, checked, and fingerprinted."""

from __future__ import annotations

from config.classifier import Model, Tokenizer
from config.errors import (
    CamlodeError,
    CorpusError,
    JobError,
    ModelError,
    StoreError,
    TokenizerError,
    WorkerError,
)
from config.fingerprint import fingerprint, fingerprint_parts
from config.job import Job
from config.labels import read_labels, thresholds
from config.load import load_job, parse_job
from config.sections import Attribution, Corpus, Fragments, Patterns, Run, Store

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
    "fingerprint",
    "fingerprint_parts",
    "load_job",
    "parse_job",
    "read_labels",
    "thresholds",
]
