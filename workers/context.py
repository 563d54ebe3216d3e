"""What every task of a run needs to know, put into Ray's object store once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from camlode.config import Job
    from camlode.pipeline.models.classifier import ModelInfo
    from camlode.pipeline.stages.work_folder import WorkFolder


@dataclass(frozen=True, slots=True)
class RunContext:
    """A run as its tasks see it; `key` names it, so that a process can keep what it has made for it.

    `folder` is where shards' results go, `buckets` how many parts they are merged in.
    """

    key: str
    job: Job = field(compare=False)
    model_info: ModelInfo = field(compare=False)
    folder: WorkFolder = field(compare=False)
    buckets: int = field(compare=False)
