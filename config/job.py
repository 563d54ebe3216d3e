"""A job: everything that is needed to mine a corpus, in one value."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, PrivateAttr

from camlode.config.attribution import Attribution
from camlode.config.classifier import Model, Tokenizer
from camlode.config.sections import Corpus, Fragments, Patterns, Run, Section, Store


class Job(Section):
    """A job: what is mined, with which model, how, and where the patterns go."""

    corpus: Corpus = Field(description="The texts that are mined.")
    model: Model = Field(description="The trained classifier.")
    tokenizer: Tokenizer = Field(description="How a text is converted to the model's token ids.")
    attribution: Attribution = Field(default=Attribution(), description="How decisions are attributed to tokens.")
    fragments: Fragments = Field(default=Fragments(), description="Which parts of a text count as evidence.")
    patterns: Patterns = Field(default=Patterns(), description="Which fragments become patterns.")
    store: Store = Field(default=Store(), description="Where the patterns are stored.")
    run: Run = Field(default=Run(), description="How the job is run.")

    _folder: Path = PrivateAttr(default_factory=Path.cwd)

    @property
    def folder(self) -> Path:
        """The folder that the job's relative paths are relative to: that of its file."""
        return self._folder

    def resolve_paths(self, folder: Path) -> Job:
        """Return the same job with paths made absolute, relative to `folder`; URLs stay as they are."""
        base = folder.expanduser().absolute()
        sections = {name: _resolve_section(getattr(self, name), keys, base) for name, keys in _PATH_OPTIONS.items()}
        job = self.model_copy(update=sections)
        job._folder = base
        return job


SECTIONS: dict[str, type[Section]] = {
    name: field.annotation
    for name, field in Job.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
}
"""The sections of a job by name, in order."""

_PATH_OPTIONS = {
    "corpus": ("paths",),
    "model": ("path", "labels"),
    "tokenizer": ("vocabulary", "path", "dictionary"),
    "store": ("url",),
    "run": ("work_folder",),
}


def _resolve_section(section: Section, keys: tuple[str, ...], folder: Path) -> Section:
    values = {key: getattr(section, key) for key in keys}
    paths: dict[str, object] = {
        key: _resolve_path(folder, value) for key, value in values.items() if isinstance(value, str)
    }
    if isinstance(section, Corpus):
        paths["paths"] = [_resolve_path(folder, path) for path in section.paths]
    return section.model_copy(update=paths)


def _resolve_path(folder: Path, path: str) -> str:
    return path if "://" in path else str(folder / Path(path).expanduser())
