"""A dry run's report as lines of text, and its warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.pipeline.display.numbers import count_noun, format_bytes, format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.config import Job
    from camlode.pipeline.dry_run.dry_run import DryRunReport
    from camlode.pipeline.dry_run.target import RunTarget

MAX_UNKNOWN_SHARE = 0.2
"""A larger share (0 to 1) of unknown tokens is a warning: the vocabulary is probably another model's."""


def dry_run_lines(job: Job, report: DryRunReport) -> Iterator[str]:
    """Yield the results, one a line; the last says what would be written."""
    corpus, model_info, sample, estimate = report.corpus, report.model_info, report.sample, report.estimate
    about = "" if report.exact else "about "
    yield (
        f"corpus: {count_noun(corpus.files, 'file')}, {format_bytes(corpus.bytes)}: "
        f"{about}{count_noun(report.records, 'record')} in {count_noun(corpus.shards, 'shard')}"
    )
    yield (
        f"model: {job.model.path}, {count_noun(len(model_info.labels), 'label')}, {job.model.task}; ready in "
        f"{format_duration(report.start_seconds)}"
    )
    score = "the output itself" if model_info.activation == "linear" else f"the input of the {model_info.activation}"
    yield (
        f"explaining {', '.join(model_info.layers)} by {job.attribution.method}; the score is {score}; "
        f"{model_info.padding}"
    )
    yield _tokenizer_line(job, report)
    yield (
        f"sample: {count_noun(sample.counts.read, 'record')}: {sample.counts.explained:,} explained, "
        f"{sample.counts.rejected.total():,} rejected, {count_noun(sample.fragments, 'fragment')}; "
        f"{1 / max(sum(sample.stages.values()), 1e-9):,.0f} per second"
    )
    for reason, documents in sample.counts.rejected.most_common():
        yield f"rejected as {reason}: {documents:,} of {sample.counts.read:,}"
    gpus = count_noun(estimate.machine.gpus, "GPU") if estimate.machine.gpus else "no GPU"
    shared = "; a cluster's workers share it" if job.run.address else ""
    yield (
        f"estimate: about {format_duration(estimate.seconds)} on {count_noun(estimate.machine.cpus, 'CPU')} and {gpus} "
        f"once it has started, {estimate.attribution:.0%} of it attribution{shared}"
    )
    yield f"would write: {describe_target(report.target)}"


def dry_run_warnings(job: Job, report: DryRunReport) -> Iterator[str]:
    """Yield warnings about what does not stop the job but is probably a mistake."""
    tokens = report.tokens
    if tokens.unknown is not None and tokens.unknown > MAX_UNKNOWN_SHARE:
        yield (
            f"{tokens.unknown:.0%} of the tokens are unknown to the vocabulary: is it the one that the model was "
            f"trained with, and {job.tokenizer.name} how its texts were tokenized?"
        )
    if tokens.documents and tokens.truncated == tokens.documents:
        yield f"every text is truncated to {report.model_info.length} tokens, which is all that the model reads"


def describe_target(target: RunTarget) -> str:
    """Describe what the job would write to the store and the work folder."""
    if target.kind == "found":
        return (
            f"nothing: run {target.run} in {target.store} already holds the result of this job; --fresh mines it again"
        )
    if target.kind == "resumed":
        return (
            f"the rest of run {target.run} in {target.store}, of which {target.done:,} of {target.shards:,} shards are "
            f"done, with its files in {target.work_folder}"
        )
    created = "" if target.has_store else ", which would be created"
    return f"a new run in {target.store}{created}, and its files in {target.work_folder}"


def _tokenizer_line(job: Job, report: DryRunReport) -> str:
    tokens = report.tokens
    unknown = "unknown text left out" if tokens.unknown is None else f"{tokens.unknown:.1%} of them unknown"
    empty = f", {tokens.empty} without any" if tokens.empty else ""
    return (
        f"tokenizer: {job.tokenizer.name}; of {count_noun(tokens.documents, 'document')} {tokens.min_tokens} to "
        f"{tokens.max_tokens} tokens, {unknown}, {tokens.truncated} truncated to {report.model_info.length}{empty}"
    )
