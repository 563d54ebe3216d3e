"""What a run is about, as the store knows it: its model and its corpus, with names that tell them from others."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from config import thresholds
from sql import CorpusEntry, ModelEntry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from config import Corpus, Job, Model
    from pipeline.models.facts import ModelInfo
    from pipeline.records import CorpusFile

_COMPRESSED = (".gz", ".zst")


def build_model_entry(job: Job, digest: str, model_info: ModelInfo) -> ModelEntry:
    """The job's model, whose bytes have this digest."""
    return ModelEntry(
        name=model_name(job.model),
        version=job.model.version,
        digest=digest,
        task=job.model.task,
        labels=model_info.labels,
        thresholds=thresholds(job.model, model_info.labels),
        layers=model_info.layers,
    )


def build_corpus_entry(job: Job, parts: Mapping[str, str], files: Sequence[CorpusFile]) -> CorpusEntry:
    """The job's corpus, by its part of the job's fingerprint."""
    return CorpusEntry(corpus_name(job.corpus), parts["corpus"], len(files), sum(file.size for file in files))


def model_name(model: Model) -> str:
    """The name that the job gives the model, or its file's without the ending; a folder or checkpoint has none."""
    path = Path(model.path)
    return model.name or (path.stem if path.is_file() else path.name)


def corpus_name(corpus: Corpus) -> str:
    """The name that the job gives the corpus; or its only file's without the ending, or that of the folder of all."""
    if corpus.name is not None:
        return corpus.name
    places = [_parts_before_wildcard(path) for path in corpus.paths]
    common = [same[0] for same in takewhile(lambda parts: len({*parts}) == 1, zip(*places, strict=False))]
    if not common:
        return "corpus"
    is_file = [common] == [path.split("/") for path in corpus.paths] and not Path(corpus.paths[0]).is_dir()
    return _stem(common[-1]) if is_file else common[-1] or "corpus"


def _parts_before_wildcard(path: str) -> list[str]:
    """The parts of a path, or URL, up to the first with a wildcard."""
    return [*takewhile(lambda part: not any(char in part for char in "*?["), path.rstrip("/").split("/"))]


def _stem(name: str) -> str:
    path = Path(name)
    return Path(path.stem).stem if path.suffix in _COMPRESSED else path.stem
