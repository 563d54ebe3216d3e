"""`camlode rules`: the group of rule commands, and `list`, `show` and `save`."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from camlode.pipeline.commands import rules_build, rules_evaluate, rules_predict
from camlode.pipeline.commands.console import info
from camlode.pipeline.commands.options import Author, LabelOption, RowFormatOption, RuleSource, Store, login_name
from camlode.pipeline.commands.output import print_rows
from camlode.pipeline.report.contents import MEASURE_COLUMNS, flatten_measures

if TYPE_CHECKING:
    from camlode.rules.rule_set import RuleSet
    from camlode.sql import Row

app = typer.Typer(name="rules", help="Build rules from patterns, and classify with them.", no_args_is_help=True)

SET_COLUMNS = ("name", "version", "run", "task", "labels", "rules", "author", "created")
RULE_COLUMNS = ("id", "label", "text", "weight")


@app.command("list")
def list_rules(store: Store, output_format: RowFormatOption = "table") -> None:
    """List the rule sets of a store, with their measures.

    Accuracy against the model is fidelity. JSON has a row for each version; the other formats have one for each
    corpus that a version was measured on.
    """
    from camlode.sql import PatternStore

    rows = PatternStore(store).stream("rule_sets")
    measured = ("corpus", "against", *MEASURE_COLUMNS)
    flat = chain.from_iterable(flatten_measures(row, SET_COLUMNS) for row in rows)
    print_rows(
        rows if output_format in ("json", "jsonl") else flat,
        (*SET_COLUMNS, *measured),
        output_format,
        empty_message="the store has no rule set yet",
        optional_columns=("run", *measured),
    )


@app.command()
def show(rules: RuleSource, label: LabelOption = None, output_format: RowFormatOption = "table") -> None:
    """Print the rules of a set, their weights and statistics.

    Weights are in logits, statistics those of the time when the rules were selected. The table has each rule's weight
    for its own label; JSON has all weights.
    """
    from camlode.rules.rule_file import read_rule_set

    rule_set = read_rule_set(rules)
    _check_label(rule_set, label)
    chosen = [rule for rule in rule_set.rules if label in (None, rule.label)]
    statistics = [*dict.fromkeys(name for rule in chosen for name in rule.statistics if name not in RULE_COLUMNS)]
    if output_format in ("json", "jsonl"):
        from dataclasses import asdict

        rows: list[Row] = [asdict(rule) for rule in chosen]
    else:
        rows = [
            dict.fromkeys(statistics)
            | dict(rule.statistics)
            | {"id": rule.id, "label": rule.label, "text": rule.text, "weight": rule.weights.get(rule.label)}
            for rule in chosen
        ]
    print_rows(rows, (*RULE_COLUMNS, *statistics), output_format, empty_message="no rule matches")


@app.command()
def save(
    rules: RuleSource,
    store: Store,
    name: Annotated[str, typer.Option(metavar="NAME", help="The rule set's name in the store.", show_default=False)],
    author: Author = None,
) -> None:
    """Save a rule file as the next version of a rule set in a store."""
    from camlode.rules.rule_file import read_rule_set, rules_to_json
    from camlode.sql import PatternStore, mask_password

    rule_set, pattern_store = read_rule_set(rules), PatternStore(store)
    version = pattern_store.save_rules(
        name,
        rules_to_json(rule_set),
        _find_source_run(rule_set, pattern_store.rows("runs")),
        author=login_name() if author is None else author,
    )
    info(f"saved as version {version} of {name} in {mask_password(store)}")


app.add_typer(rules_build.app)
app.add_typer(rules_evaluate.app)
app.add_typer(rules_predict.app)


def _check_label(rules: RuleSet, label: str | None) -> None:
    if label is not None and label not in rules.labels:
        from camlode.config.errors import RulesError, did_you_mean

        raise RulesError(f"there is no label {label!r}: {did_you_mean(label, rules.labels)}")


def _find_source_run(rules: RuleSet, runs: list[Row]) -> int | None:
    """Return the run that the rules were built from, if the store has it: the same number, of the same model."""
    key = (rules.provenance.get("run"), rules.provenance.get("model_digest"))
    return next((row["run"] for row in runs if (row["run"], row["model_digest"]) == key), None)
