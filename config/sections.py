"""The sections of a job about the corpus, the patterns, the store and the run."""

from __future__ import annotations

import os
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict


class Section(BaseModel):
    """A section of a job: refuses unknown keys, converts no types, and is immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _path_to_str(value: object) -> object:
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _to_list(value: object) -> object:
    return [value] if isinstance(value, str | os.PathLike) else value


NonEmpty = Annotated[str, Field(min_length=1)]
PathStr = Annotated[NonEmpty, BeforeValidator(_path_to_str)]
Names = Annotated[list[NonEmpty], Strict(False), Field(min_length=1)]
Paths = Annotated[list[PathStr], Strict(False), Field(min_length=1), BeforeValidator(_to_list)]


class Corpus(Section):
    """The texts that are mined, in UTF-8; files that end in .gz or .zst are decompressed."""

    paths: Paths = Field(description="Files, globs, folders or any fsspec URL: one, or a list.")
    format: Literal["auto", "parquet", "jsonl", "csv", "tsv", "text"] = Field(
        default="auto",
        description="The format of the files; auto: by the file's suffix; text: each line is a document.",
    )
    text: NonEmpty = Field(default="text", description="The column with the text.")
    id: NonEmpty | None = Field(
        default=None, description="The column with the document ids; null: the file and the line number."
    )
    label: NonEmpty | None = Field(
        default=None, description="The column with the gold label or labels, if the corpus has one."
    )
    label_separator: NonEmpty | None = Field(
        default=None,
        description="The separator of several gold labels in one string; null: one label, or a list.",
    )
    name: NonEmpty | None = Field(
        default=None,
        description="The corpus' name in the store; null: the name of its file, or of the folder of its files.",
    )


class Fragments(Section):
    """Which parts of a text count as evidence for its label."""

    unit: Literal["word", "char"] = Field(default="word", description="The unit of fragments: words or characters.")
    max_units: int = Field(default=3, ge=1, le=20, description="The maximum number of units in a fragment.")
    share: float = Field(
        default=0.2,
        gt=0,
        le=1,
        description="The minimum share of the document's positive importance in a fragment.",
    )


class Patterns(Section):
    """Which fragments become patterns of a label."""

    top: int = Field(default=1000, ge=1, description="The maximum number of patterns published for a label.")
    min_documents: int = Field(
        default=2, ge=1, description="The minimum number of documents in which a fragment is important."
    )
    examples: int = Field(default=3, ge=0, description="Number of examples stored for each pattern.")
    context: int = Field(
        default=20, ge=0, description="Number of characters of an example's text stored on either side of the fragment."
    )
    match: bool = Field(
        default=True,
        description="Whether the published fragments are matched against the whole corpus afterwards, which measures "
        "how often they occur and how precise they are.",
    )


class Store(Section):
    """Where the patterns are stored."""

    url: PathStr = Field(
        default="patterns.db", description="A SQLite file, created if it does not exist, or a PostgreSQL URL."
    )


class Run(Section):
    """How the job is run; none of these options affects the fingerprint."""

    workers: int | None = Field(
        default=None,
        ge=1,
        description="Number of workers; null: one per GPU, or without GPUs one per core, at most four.",
    )
    gpus_per_worker: float | None = Field(
        default=None,
        ge=0,
        description="GPUs, or the share of one, for each worker; null: 1 if there are GPUs, else 0.",
    )
    shard_documents: int = Field(
        default=5000,
        ge=1,
        description="Approximate number of documents in a shard, the unit of work and of retries.",
    )
    attempts: int = Field(
        default=3,
        ge=1,
        description="Maximum number of attempts for a shard whose worker dies, but at least two, since another shard "
        "may have been the cause; a shard that raises an error is tried at most twice.",
    )
    shard_seconds: float = Field(
        default=3600,
        gt=0,
        description="Time limit of a shard from its start on a worker; a worker that hangs is killed and the "
        "shard is retried.",
    )
    start_seconds: float = Field(
        default=300,
        gt=0,
        description="Time limit for the first worker to start, and for one to restart after all have died.",
    )
    autoscaling: bool = Field(
        default=False,
        description="Whether the cluster grows on demand: the job then waits for workers that the cluster has no "
        "resources for yet instead of failing, and each joins when it is ready.",
    )
    batch_size: int = Field(default=256, ge=1, description="Number of documents in a batch.")
    work_folder: PathStr = Field(
        default=".camlode",
        description="The folder, or fsspec URL, for intermediate files and rejected records; on a cluster all nodes "
        "must have access to it.",
    )
    seed: int = Field(default=0, ge=0, description="The seed of all random draws.")
    address: NonEmpty | None = Field(
        default=None,
        description="The Ray cluster to join; null: a local Ray that starts and stops with the job.",
    )
