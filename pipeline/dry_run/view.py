"""What a rehearsal of a job says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.config import Job
    from camlode.pipeline.dry_run.dry_run import DryRunReport, Machine, RunTarget

MAX_UNKNOWN_SHARE = 0.2
"""The share of unknown tokens from which on the vocabulary is probably another model's."""

_UNITS = ("KB", "MB", "GB", "TB")


def dry_run_lines(job: Job, found: DryRunReport) -> Iterator[str]:
    """The outcome, a fact a line; the last says what would be written."""
    corpus, model_info = found.corpus, found.model_info
    about = "" if found.exact else "about "
    yield (
        f"corpus: {_count_noun(corpus.files, 'file')}, {_format_bytes(corpus.bytes)}: {about}{_count_noun(found.records, 'record')} "
        f"in {_count_noun(corpus.shards, 'shard')}"
    )
    score = "the output itself" if model_info.activation == "linear" else f"what goes into the {model_info.activation}"
    yield (
        f"model: {job.model.path}, {_count_noun(len(model_info.labels), 'label')}, {job.model.task}; ready in "
        f"{format_seconds(found.start_seconds)}"
    )
    yield f"explaining {', '.join(model_info.layers)} by {job.attribution.method}; the score is {score}; {model_info.padding}"
    yield _tokenizer_line(job, found)
    yield from _sample_lines(found)
    yield _estimate_line(job, found)
    yield f"would write: {describe_target(found.target)}"


def dry_run_warnings(job: Job, found: DryRunReport) -> Iterator[str]:
    """What does not stop the job but is probably not meant."""
    tokens = found.tokens
    if tokens.unknown is not None and tokens.unknown > MAX_UNKNOWN_SHARE:
        yield (
            f"{tokens.unknown:.0%} of the tokens are unknown to the vocabulary: is it the one that the model was "
            f"trained with, and {job.tokenizer.name} how its texts were cut?"
        )
    if tokens.documents and tokens.truncated == tokens.documents:
        yield f"every text is cut to {found.model_info.length} tokens, which is all that the model reads"


def describe_target(target: RunTarget) -> str:
    """What would become of the store and the work folder."""
    if target.kind == "found":
        return f"nothing: run {target.run} in {target.store} already holds the result of this job; --fresh mines it again"
    if target.kind == "resumed":
        return (
            f"the rest of run {target.run} in {target.store}, of which {target.done:,} of {target.shards:,} shards are "
            f"done, with its files in {target.work_folder}"
        )
    has_store = "" if target.has_store else ", which would be made"
    return f"a new run in {target.store}{has_store}, and its files in {target.work_folder}"


def format_seconds(seconds: float) -> str:
    """Seconds for a person: 0.4 s, 45 s, 12 min, 3 h 20 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _tokenizer_line(job: Job, found: DryRunReport) -> str:
    tokens = found.tokens
    unknown = "unknown text left out" if tokens.unknown is None else f"{tokens.unknown:.1%} of them unknown"
    empty = f", {tokens.empty} without any" if tokens.empty else ""
    return (
        f"tokenizer: {job.tokenizer.name}; of {_count_noun(tokens.documents, 'document')} {tokens.min_tokens} to "
        f"{tokens.max_tokens} tokens, {unknown}, {tokens.truncated} cut to {found.model_info.length}{empty}"
    )


def _sample_lines(found: DryRunReport) -> Iterator[str]:
    counts, stages = found.sample.counts, found.sample.stages
    seconds = sum(stages.values())
    yield (
        f"sample: {_count_noun(counts.read, 'record')}: {counts.explained:,} explained, {counts.rejected.total():,} "
        f"rejected, {_count_noun(found.sample.fragments, 'fragment')}; {1 / max(seconds, 1e-9):,.0f} a second"
    )
    for reason, documents in counts.rejected.most_common():
        yield f"rejected as {reason}: {documents:,} of {counts.read:,}"


def _estimate_line(job: Job, found: DryRunReport) -> str:
    estimate = found.estimate
    shared = "; a cluster's attributors share it" if job.run.address else ""
    return (
        f"estimate: about {format_seconds(estimate.seconds)} on {_describe_machine(estimate.machine)} once it has started, "
        f"{estimate.attribution:.0%} of it attribution{shared}"
    )


def _describe_machine(machine: Machine) -> str:
    gpus = _count_noun(machine.gpus, "GPU") if machine.gpus else "no GPU"
    return f"{_count_noun(machine.cpus, 'CPU')} and {gpus}"


def _count_noun(number: int, kind: str) -> str:
    return f"{number:,} {kind}{'' if number == 1 else 's'}"


def _format_bytes(number: int) -> str:
    """Bytes for a person: 300 bytes, 1.5 MB."""
    power = min(max(len(str(number)) - 1, 0) // 3, len(_UNITS))
    return f"{number / 1000**power:,.1f} {_UNITS[power - 1]}" if power else _count_noun(number, "byte")
