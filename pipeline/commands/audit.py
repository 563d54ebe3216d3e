"""`camlode audit`: find patterns that a model should not rely on."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from camlode.config.errors import StoreError
from camlode.pipeline.audit.findings import AuditLimits
from camlode.pipeline.commands.console import exit_on_broken_pipe, info, make_console, warn
from camlode.pipeline.commands.options import CHECK_FAILED, DocumentFormat, LabelOption, Store
from camlode.pipeline.display.numbers import count_noun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from camlode.pipeline.audit.findings import Audit

app = typer.Typer()

ANY_CHECK = "any"
DEFAULT_LIMITS = AuditLimits()


@app.command()
def audit(
    store: Store,
    run: Annotated[
        Optional[int], typer.Argument(metavar="RUN", help="A run's number; by default the current run.")
    ] = None,
    against: Annotated[
        Optional[int],
        typer.Option(
            metavar="RUN",
            help="The run to compare precisions with; by default the model's last run on another corpus.",
        ),
    ] = None,
    label: LabelOption = None,
    check: Annotated[
        Optional[list[str]],
        typer.Option(metavar="CHECK[,CHECK]", help="Only these checks; may be repeated."),
    ] = None,
    top: Annotated[int, typer.Option(metavar="N", help="Check at most N patterns of each label.")] = DEFAULT_LIMITS.top,
    min_share: Annotated[
        float,
        typer.Option(metavar="SHARE", help="Check patterns with at least this share (0 to 1) of a label's importance."),
    ] = DEFAULT_LIMITS.min_share,
    min_labelled: Annotated[
        int, typer.Option(metavar="N", help="Judge precisions from at least N documents with gold labels.")
    ] = DEFAULT_LIMITS.min_labelled,
    max_precision: Annotated[
        float,
        typer.Option(metavar="P", help="low_precision: report if the whole 95 % interval of precision is below this."),
    ] = DEFAULT_LIMITS.max_precision,
    min_fall: Annotated[
        float, typer.Option(metavar="P", help="falling_precision: report if precision falls by at least this.")
    ] = DEFAULT_LIMITS.min_fall,
    max_share: Annotated[
        float,
        typer.Option(metavar="SHARE", help="concentrated: report a larger share (0 to 1) of a label's importance."),
    ] = DEFAULT_LIMITS.max_share,
    min_split: Annotated[
        float,
        typer.Option(metavar="P", help="contradicting: the least precision, for the model's labels, for both labels."),
    ] = DEFAULT_LIMITS.min_split,
    max_precision_sum: Annotated[
        float,
        typer.Option(metavar="P", help="contradicting, multi-label: the largest sum of two labels' precisions."),
    ] = DEFAULT_LIMITS.max_precision_sum,
    examples: Annotated[
        int, typer.Option(metavar="N", min=0, help="Show at most N examples and N counter-examples of each finding.")
    ] = 2,
    fail_on: Annotated[
        Optional[list[str]],
        typer.Option(
            metavar="any|CHECK[,CHECK]",
            help="Exit with 1 if one of these checks has a finding that no reviewer accepted; may be repeated.",
        ),
    ] = None,
    output_format: Annotated[
        DocumentFormat, typer.Option("--format", help="The output format; CSV has no examples.")
    ] = "table",
) -> None:
    """List patterns that the model should not rely on, and why.

    Checks: low_precision, falling_precision, concentrated, contradicting, not_a_word.
    """
    from camlode.pipeline.audit.audit import audit as run_audit

    limits = AuditLimits(top, min_share, min_labelled, max_precision, min_fall, max_share, min_split, max_precision_sum)
    checks, failing_checks = _split_names(check), _split_names(fail_on)
    _check_fail_on(failing_checks, checks)
    report = run_audit(
        store, run, against=against, label=label, checks=checks or None, limits=limits, examples=examples
    )
    # `camlode audit --fail-on any | head` must still exit with 1, so that the reader's exit is not the command's.
    with suppress(typer.Exit), exit_on_broken_pipe():
        _print_audit(report, output_format)
    _exit_if_failed(report, failing_checks)


def _split_names(values: Iterable[str] | None) -> list[str]:
    return [name.strip() for each in values or () for name in each.split(",")]


def _check_fail_on(failing_checks: list[str], checks: list[str]) -> None:
    from camlode.config.errors import did_you_mean
    from camlode.pipeline.audit.audit import CHECKS

    for name in failing_checks:
        if name not in (ANY_CHECK, *CHECKS):
            raise StoreError(f"--fail-on: there is no check {name!r}: {did_you_mean(name, [ANY_CHECK, *CHECKS])}")
        if checks and name not in (ANY_CHECK, *checks):
            raise StoreError(f"--fail-on {name}: --check leaves this check out; name it there too")


def _print_audit(audit: Audit, output_format: DocumentFormat) -> None:
    from camlode.pipeline.audit import view
    from camlode.pipeline.display import tables

    if output_format == "json":
        typer.echo(tables.dump_json(audit.to_dict()))
    elif output_format == "markdown":
        typer.echo(view.render_audit_markdown(audit))
    elif output_format == "table":
        view.print_audit(audit, make_console())
    else:
        tables.print_csv(view.csv_rows(audit), audit.columns())
        for line in view.summary_lines(audit):
            info(line)


def _exit_if_failed(audit: Audit, failing_checks: list[str]) -> None:
    """Exit with 1 if one of the checks has a finding that no reviewer accepted.

    Raises:
        StoreError: one of them could not be made, so that its findings are unknown.
    """
    for name in failing_checks:
        if name in audit.not_made:
            raise StoreError(f"--fail-on {name}: the check could not be made: {audit.not_made[name]}")
    names = [each.check for each in audit.summaries] if ANY_CHECK in failing_checks else failing_checks
    if unaccepted := audit.unaccepted(names):
        check_names = ", ".join(dict.fromkeys(each.check for each in unaccepted))
        findings = count_noun(len(unaccepted), "finding")
        warn(f"failed: {findings} that no reviewer has accepted ({check_names})")
        raise typer.Exit(CHECK_FAILED)
