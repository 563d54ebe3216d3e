"""The sections of a job that say what is mined, what is kept, and how it is run."""

from __future__ import annotations

import os
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict


class Section(BaseModel):
    """A part of a job: nothing unknown in it, no value bent into another type, never changed once made."""

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
    """The texts that are mined. They are read as UTF-8, also from files that end in .gz or .zst."""

    paths: Paths = Field(description="Files, globs, folders or any fsspec URL: one, or a list.")
    format: Literal["auto", "parquet", "jsonl", "csv", "tsv", "text"] = Field(
        default="auto",
        description="How the files are read; auto: by the file's ending; text: each line is a document.",
    )
    text: NonEmpty = Field(default="text", description="The column that holds the text.")
    id: NonEmpty | None = Field(
        default=None, description="The column that names each document; null: the file and the line number."
    )
    label: NonEmpty | None = Field(
        default=None, description="The column with the true label or labels, where the corpus has one."
    )
    label_separator: NonEmpty | None = Field(
        default=None,
        description="What separates several true labels in one string; null: one label, or a list.",
    )
    name: NonEmpty | None = Field(
        default=None,
        description="What the store calls the corpus; null: after its file, or the folder that its files are in.",
    )


class Fragments(Section):
    """Which pieces of a text count as the reason for its label."""

    unit: Literal["word", "char"] = Field(
        default="word", description="What a fragment is made of: whole words or single characters."
    )
    max_units: int = Field(default=3, ge=1, le=20, description="The most units in a fragment.")
    share: float = Field(
        default=0.2,
        gt=0,
        le=1,
        description="The least share of the document's positive total importance that a fragment must hold.",
    )


class Patterns(Section):
    """What is kept of the fragments, for each label."""

    top: int = Field(default=1000, ge=1, description="The most patterns published for a label.")
    min_documents: int = Field(
        default=2, ge=1, description="The fewest documents in which a fragment must have been important."
    )
    examples: int = Field(default=3, ge=0, description="Examples kept for each pattern; 0: none.")
    context: int = Field(
        default=20, ge=0, description="Characters of an example's text kept on either side of the fragment."
    )
    match: bool = Field(
        default=True,
        description="Whether the published fragments are matched over the whole corpus afterwards, which tells where "
        "they occur and how precise they are.",
    )


class Store(Section):
    """Where the patterns go."""

    url: PathStr = Field(
        default="patterns.db", description="A SQLite file, made when it is not there, or a SQLAlchemy URL."
    )


class Run(Section):
    """How the job is run; nothing here changes what counts as the same job."""

    workers: int | None = Field(
        default=None,
        ge=1,
        description="How many attributors; null: one a GPU, or without GPUs one a core, at most four.",
    )
    gpus_per_worker: float | None = Field(
        default=None,
        ge=0,
        description="GPUs, or the share of one, for each worker; null: 1 where there are GPUs, else 0.",
    )
    shard_documents: int = Field(
        default=5000,
        ge=1,
        description="About how many documents make a shard, the unit of work and of retry.",
    )
    attempts: int = Field(
        default=3,
        ge=1,
        description="How often a shard is tried in all where its worker dies, but twice at least, since another shard "
        "may have been the reason; one that raises an error is tried twice at most.",
    )
    shard_seconds: float = Field(
        default=3600,
        gt=0,
        description="The longest that a shard may take once it is its attributor's turn; what hangs is ended then and "
        "the shard tried again.",
    )
    start_seconds: float = Field(
        default=300,
        gt=0,
        description="How long to wait for the first attributor, and for one to come back when all have died.",
    )
    autoscaling: bool = Field(
        default=False,
        description="Whether the cluster grows on demand: attributors that it has no room for yet are waited for then, "
        "not refused, and each joins when it is ready.",
    )
    batch_size: int = Field(default=256, ge=1, description="Documents that go through the model at once.")
    work_folder: PathStr = Field(
        default=".camlode",
        description="The folder, or fsspec URL, for what passes between the stages, and for the rejected records; on a "
        "cluster all nodes must reach it.",
    )
    seed: int = Field(default=0, ge=0, description="The seed of everything that is drawn by chance.")
    address: NonEmpty | None = Field(
        default=None,
        description="The Ray cluster to join; null: a local Ray that starts and stops with the job.",
    )
