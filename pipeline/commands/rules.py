"""Commands about rule sets: which a store has, what one holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from pipeline.commands import rule_building, rule_evaluating, rule_predicting
from pipeline.commands.options import Format, LabelOption, RuleSource, Store, TableFormat, login_name, print_rows
from pipeline.commands.talk import info

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.rule_set import RuleSet
    from sql import Row

app = typer.Typer(name="rules", help="Makes rules of patterns, and classifies by them.", no_args_is_help=True)

SET_COLUMNS = ("name", "version", "run", "task", "labels", "rules", "author", "created")
MEASURE_COLUMNS = ("accuracy", "micro_f1", "macro_f1", "coverage", "covered_accuracy", "conflicts")
RULE_COLUMNS = ("id", "label", "text", "weight")


@app.command("list")
def list_rules(store: Store, output_format: Format = TableFormat.TABLE) -> None:
    """Lists the rule sets of a store, all versions, with what was measured of them.

    Against the model accuracy is fidelity. JSON has a row for each version, the other formats one for each corpus that
    it was measured on.
    """
    from sql import PatternStore

    rows = PatternStore(store).stream("rule_sets")
    columns = (*SET_COLUMNS, "corpus", "against", *MEASURE_COLUMNS)
    nested = output_format in (TableFormat.JSON, TableFormat.JSONL)
    found = rows if nested else (flat for row in rows for flat in _flatten_measures(row))
    optional_columns = ("run", "corpus", "against", *MEASURE_COLUMNS)
    print_rows(
        found, columns, output_format, empty_message="the store has no rule set yet", optional_columns=optional_columns
    )


@app.command()
def show(rules: RuleSource, label: LabelOption = None, output_format: Format = TableFormat.TABLE) -> None:
    """Prints the rules of a set with their weights, in logits, and what was known of them when they were chosen.

    The table has each rule's weight for its own label; JSON has all.
    """
    from pipeline.rule_sources import read_rule_set

    found = read_rule_set(rules)
    _check_label(found, label)
    chosen = [rule for rule in found.rules if label in (None, rule.label)]
    statistics = [*dict.fromkeys(name for rule in chosen for name in rule.statistics if name not in RULE_COLUMNS)]
    if output_format in (TableFormat.JSON, TableFormat.JSONL):
        from dataclasses import asdict

        rows: list[Row] = [asdict(rule) for rule in chosen]
    else:
        rows = [
            dict.fromkeys(statistics)
            | dict(rule.statistics)
            | {"id": rule.id, "label": rule.label, "text": rule.text, "weight": rule.weights.get(rule.label)}
            for rule in chosen
        ]
    print_rows(rows, (*RULE_COLUMNS, *statistics), output_format, empty_message="there is no such rule")


@app.command()
def save(
    rules: RuleSource,
    store: Store,
    name: Annotated[str, typer.Option(help="What it is called there.", show_default=False)],
    author: Annotated[
        Optional[str], typer.Option(help="Who saves it; your login name by default.", show_default=False)
    ] = None,
) -> None:
    """Saves a rule set, such as a file that was edited, as the next version of a name in a store."""
    from pipeline.rule_sources import read_rule_set
    from rules.rule_file import rules_to_json
    from sql import PatternStore, mask_password

    found, pattern_store = read_rule_set(rules), PatternStore(store)
    run = _find_source_run(found, pattern_store.rows("runs"))
    version = pattern_store.save_rules(
        name, rules_to_json(found), run, author=login_name() if author is None else author
    )
    info(f"saved as version {version} of {name} in {mask_password(store)}")


def _flatten_measures(row: Row) -> Iterator[Row]:
    """A row for each corpus and kind of labels that a rule set was measured on, or one without measures."""
    unmeasured = {name: row[name] for name in SET_COLUMNS} | dict.fromkeys(("corpus", "against", *MEASURE_COLUMNS))
    measured: dict[tuple[Any, ...], Row] = {}
    for each in row["evaluations"]:
        measured_on = {"corpus": each["corpus"], "against": each["against"]}
        measured.setdefault(tuple(measured_on.values()), unmeasured | measured_on)[each["measure"]] = each["value"]
    yield from measured.values() or (unmeasured,)


def _check_label(rules: RuleSet, label: str | None) -> None:
    if label is not None and label not in rules.labels:
        from config.errors import RulesError
        from config.names import did_you_mean

        raise RulesError(f"there is no label {label!r}: {did_you_mean(label, rules.labels)}")


def _find_source_run(rules: RuleSet, runs: list[Row]) -> int | None:
    """The run that the rules say they were made of, if it is one of this store: of the same model."""
    provenance_values = rules.provenance
    key = (provenance_values.get("run"), provenance_values.get("model_digest"))
    return next((row["run"] for row in runs if (row["run"], row["model_digest"]) == key), None)


for commands in (rule_building, rule_evaluating, rule_predicting):
    app.add_typer(commands.app)
