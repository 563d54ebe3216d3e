"""What a rehearsal of a job says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config import Job
    from pipeline.rehearsal.estimate import Machine
    from pipeline.rehearsal.rehearse import Rehearsal
    from pipeline.rehearsal.target import Target

MUCH_UNKNOWN = 0.2
"""The share of unknown tokens from which on the vocabulary is probably another model's."""

_UNITS = ("KB", "MB", "GB", "TB")


def rehearsal_lines(job: Job, found: Rehearsal) -> Iterator[str]:
    """The outcome, a fact a line; the last says what would be written."""
    corpus, facts = found.corpus, found.facts
    about = "" if found.exact else "about "
    yield (
        f"corpus: {_counted(corpus.files, 'file')}, {_size(corpus.bytes)}: {about}{_counted(found.records, 'record')} "
        f"in {_counted(corpus.shards, 'shard')}"
    )
    score = "the output itself" if facts.activation == "linear" else f"what goes into the {facts.activation}"
    yield (
        f"model: {job.model.path}, {_counted(len(facts.labels), 'label')}, {job.model.task}; ready in "
        f"{duration(found.start_seconds)}"
    )
    yield f"explaining {', '.join(facts.layers)} by {job.attribution.method}; the score is {score}; {facts.padding}"
    yield _tokenizer(job, found)
    yield from _sample(found)
    yield _estimate(job, found)
    yield f"would write: {written(found.target)}"


def rehearsal_warnings(job: Job, found: Rehearsal) -> Iterator[str]:
    """What does not stop the job but is probably not meant."""
    tokens = found.tokens
    if tokens.unknown is not None and tokens.unknown > MUCH_UNKNOWN:
        yield (
            f"{tokens.unknown:.0%} of the tokens are unknown to the vocabulary: is it the one that the model was "
            f"trained with, and {job.tokenizer.name} how its texts were cut?"
        )
    if tokens.documents and tokens.truncated == tokens.documents:
        yield f"every text is cut to {found.facts.length} tokens, which is all that the model reads"


def written(target: Target) -> str:
    """What would become of the store and the work folder."""
    if target.what == "found":
        return f"nothing: run {target.run} in {target.store} has this job's result already; --fresh mines it anew"
    if target.what == "resumed":
        return (
            f"the rest of run {target.run} in {target.store}, of which {target.done:,} of {target.shards:,} shards are "
            f"done, with its files in {target.work_folder}"
        )
    made = "" if target.made else ", which would be made"
    return f"a new run in {target.store}{made}, and its files in {target.work_folder}"


def duration(seconds: float) -> str:
    """Seconds for a person: 0.4 s, 45 s, 12 min, 3 h 20 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _tokenizer(job: Job, found: Rehearsal) -> str:
    tokens = found.tokens
    unknown = "unknown text left out" if tokens.unknown is None else f"{tokens.unknown:.1%} of them unknown"
    empty = f", {tokens.empty} without any" if tokens.empty else ""
    return (
        f"tokenizer: {job.tokenizer.name}; of {_counted(tokens.documents, 'document')} {tokens.fewest} to "
        f"{tokens.most} tokens, {unknown}, {tokens.truncated} cut to {found.facts.length}{empty}"
    )


def _sample(found: Rehearsal) -> Iterator[str]:
    counts, stages = found.sample.counts, found.sample.stages
    seconds = sum(stages.values())
    yield (
        f"sample: {_counted(counts.read, 'record')}: {counts.explained:,} explained, {counts.rejected.total():,} "
        f"rejected, {_counted(found.sample.fragments, 'fragment')}; {1 / max(seconds, 1e-9):,.0f} a second"
    )
    for reason, documents in counts.rejected.most_common():
        yield f"rejected as {reason}: {documents:,} of {counts.read:,}"


def _estimate(job: Job, found: Rehearsal) -> str:
    estimate = found.estimate
    shared = "; a cluster's attributors share it" if job.run.address else ""
    return (
        f"estimate: about {duration(estimate.seconds)} on {_machine(estimate.machine)} once it has started, "
        f"{estimate.attribution:.0%} of it attribution{shared}"
    )


def _machine(machine: Machine) -> str:
    gpus = _counted(machine.gpus, "GPU") if machine.gpus else "no GPU"
    return f"{_counted(machine.cpus, 'CPU')} and {gpus}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _size(number: int) -> str:
    """Bytes for a person: 300 bytes, 1.5 MB."""
    power = min(max(len(str(number)) - 1, 0) // 3, len(_UNITS))
    return f"{number / 1000**power:,.1f} {_UNITS[power - 1]}" if power else _counted(number, "byte")
