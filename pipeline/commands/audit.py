"""The command that audits a run."""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from camlode.config.errors import StoreError
from camlode.pipeline.audit.findings import AuditLimits
from camlode.pipeline.commands.console import info, warn
from camlode.pipeline.commands.options import LabelOption, Store, exit_on_broken_pipe, make_console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from camlode.pipeline.audit.findings import Audit

app = typer.Typer()

ANY_CHECK = "any"
DEFAULT_LIMITS = AuditLimits()


class AuditFormat(StrEnum):
    """How an audit is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


@app.command()
def audit(
    store: Store,
    run: Annotated[
        Optional[int], typer.Argument(metavar="RUN", help="A run's number, instead of the current run.")
    ] = None,
    against: Annotated[
        Optional[int],
        typer.Option(help="The run to compare precisions with; the model's last on another corpus by default."),
    ] = None,
    label: LabelOption = None,
    check: Annotated[
        Optional[list[str]],
        typer.Option(metavar="CHECK[,CHECK]", help="Make these checks only; may be repeated."),
    ] = None,
    top: Annotated[int, typer.Option(help="Look at the first so many patterns of each label.")] = DEFAULT_LIMITS.top,
    min_share: Annotated[
        float, typer.Option(help="Of these, only those with so much of the label's importance (0 to 1).")
    ] = DEFAULT_LIMITS.min_share,
    min_labelled: Annotated[
        int, typer.Option(help="Documents with gold labels from which on a precision is judged.")
    ] = DEFAULT_LIMITS.min_labelled,
    max_precision: Annotated[
        float, typer.Option(help="low_precision: the probability below which the whole 95 % interval must be.")
    ] = DEFAULT_LIMITS.max_precision,
    min_fall: Annotated[
        float, typer.Option(help="falling_precision: the least fall, of probability.")
    ] = DEFAULT_LIMITS.min_fall,
    max_share: Annotated[
        float, typer.Option(help="concentrated: the share (0 to 1) of a label's importance that is not too much.")
    ] = DEFAULT_LIMITS.max_share,
    min_split: Annotated[
        float, typer.Option(help="contradicting: the least precision, for the model's labels, of both.")
    ] = DEFAULT_LIMITS.min_split,
    max_precision_sum: Annotated[
        float, typer.Option(help="contradicting, multi-label: the most that two labels' precisions add up to.")
    ] = DEFAULT_LIMITS.max_precision_sum,
    examples: Annotated[int, typer.Option(min=0, help="So many examples and counter-examples each.")] = 2,
    fail_on: Annotated[
        Optional[list[str]],
        typer.Option(
            metavar="any|CHECK[,CHECK]", help="End with exit code 1 where one lists what no reviewer accepted."
        ),
    ] = None,
    output_format: Annotated[
        AuditFormat, typer.Option("--format", help="How it is printed; CSV goes without examples.")
    ] = AuditFormat.TABLE,
) -> None:
    """Lists the patterns that the model leans on but should not, with the reasons.

    Checks: low_precision, falling_precision, concentrated, contradicting, not_a_word.
    """
    from camlode.pipeline.audit.audit import audit as run_audit

    limits = AuditLimits(top, min_share, min_labelled, max_precision, min_fall, max_share, min_split, max_precision_sum)
    checks, failing_checks = _split_names(check), _split_names(fail_on)
    _check_fail_on(failing_checks, checks)
    found = run_audit(store, run, against=against, label=label, checks=checks or None, limits=limits, examples=examples)
    # Whoever reads no further must not turn a failure into a success.
    with suppress(typer.Exit), exit_on_broken_pipe():
        _print_audit(found, output_format)
    _exit_if_failed(found, failing_checks)


def _split_names(values: Iterable[str] | None) -> list[str]:
    return [name.strip() for each in values or () for name in each.split(",")]


def _check_fail_on(failing_checks: list[str], checks: list[str]) -> None:
    from camlode.config.errors import did_you_mean
    from camlode.pipeline.audit.audit import CHECKS

    for name in failing_checks:
        if name not in (ANY_CHECK, *CHECKS):
            raise StoreError(f"--fail-on: there is no check {name!r}: {did_you_mean(name, [ANY_CHECK, *CHECKS])}")
        if checks and name not in (ANY_CHECK, *checks):
            raise StoreError(f"--fail-on {name}: --check leaves it out; name it there too")


def _print_audit(audit: Audit, output_format: AuditFormat) -> None:
    from camlode.pipeline.audit import view
    from camlode.pipeline.display import tables

    if output_format is AuditFormat.JSON:
        typer.echo(tables.dump_json(audit.to_dict()))
    elif output_format is AuditFormat.MARKDOWN:
        typer.echo(view.render_audit_markdown(audit))
    elif output_format is AuditFormat.TABLE:
        view.print_audit(audit, make_console())
    else:
        tables.print_csv(view.csv_rows(audit), audit.columns())
        for line in view.summary_lines(audit):
            info(line)


def _exit_if_failed(audit: Audit, failing_checks: list[str]) -> None:
    """Ends with exit code 1 where one of the checks that matter lists what nobody accepted.

    Raises:
        StoreError: one that is named could not be made, so that nobody knows.
    """
    for name in failing_checks:
        if name in audit.not_made:
            raise StoreError(f"--fail-on {name}: it could not be made: {audit.not_made[name]}")
    names = [each.check for each in audit.summaries] if ANY_CHECK in failing_checks else failing_checks
    if found := audit.unaccepted(names):
        check_names = ", ".join(dict.fromkeys(each.check for each in found))
        findings = f"{len(found):,} finding{'s' if len(found) > 1 else ''}"
        warn(f"failed: {findings} that no reviewer has accepted ({check_names})")
        raise typer.Exit(1)
