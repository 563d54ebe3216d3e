"""What can go wrong, as the user meets it.

CamlodeError            anything that camlode says in one line and without a traceback
├── JobError            the job file or an override is wrong
├── CorpusError         the corpus cannot be found or read
├── ModelError          the model cannot be loaded, or does not fit the job
├── TokenizerError      the tokenizer or its vocabulary does not fit the job
├── StoreError          the pattern store cannot be opened, read or written
├── RulesError          rules cannot be made, read or used
└── WorkerError         the workers cannot be started or have failed
"""

from __future__ import annotations


class CamlodeError(Exception):
    """A failure that has one clear line: what is wrong, what was expected, what came, what to do."""

    exit_code = 2


class JobError(CamlodeError):
    """The job file or an override is wrong."""


class CorpusError(CamlodeError):
    """The corpus cannot be found or read."""


class ModelError(CamlodeError):
    """The model cannot be loaded, or does not fit the job."""


class TokenizerError(CamlodeError):
    """The tokenizer or its vocabulary does not fit the job."""


class StoreError(CamlodeError):
    """The pattern store cannot be opened, read or written."""


class RulesError(CamlodeError):
    """Rules cannot be made, read or used."""


class WorkerError(CamlodeError):
    """The workers cannot be started or have failed."""

    exit_code = 3
