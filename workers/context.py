"""The context of a run that its tasks receive, put into Ray's object store once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from camlode.config import Job
    from camlode.pipeline.models.classifier import ModelInfo
    from camlode.pipeline.stages.work_folder import WorkFolder


@dataclass(frozen=True, slots=True)
class RunContext:
    """A run as its tasks see it.

    `key` identifies the run: two contexts are equal if their keys are, so that a process caches a tokenizer by context.
    `folder` takes the results of shards, `buckets` is the number of parts that partials are merged in.
    """

    key: str
    job: Job = field(compare=False)
    model_info: ModelInfo = field(compare=False)
    folder: WorkFolder = field(compare=False)
    buckets: int = field(compare=False)
