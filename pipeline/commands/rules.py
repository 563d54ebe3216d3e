"""Commands about rule sets: which a store has, what one holds."""
# MERGED: The command that makes rules of a store's patterns.
# MERGED: The command that hands patterns and rules on to other tools.

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path  # noqa: TC003 (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Any, Optional, cast

import typer

from camlode.config.errors import RulesError, did_you_mean, join_words
from camlode.pipeline.commands import rules_run
from camlode.pipeline.commands.console import info
from camlode.pipeline.commands.options import (
    Format,
    LabelOption,
    RuleSource,
    RunNumber,
    Store,
    TableFormat,
    TextColumn,
    exit_on_broken_pipe,
    login_name,
    print_rows,
)
from camlode.pipeline.commands.rule_texts import AGAINST, read_corpus_texts, read_run_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from camlode.pipeline.commands.rule_texts import TrainingTexts
    from camlode.rules.classifier import RuleClassifier
    from camlode.rules.exports.sources import ExportedPatterns
    from camlode.rules.rule_set import RuleSet
    from camlode.sql import PatternStore, Row

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
    from camlode.sql import PatternStore

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
    from camlode.rules.rule_file import read_rule_set

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
    from camlode.rules.rule_file import read_rule_set, rules_to_json
    from camlode.sql import PatternStore, mask_password

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
        from camlode.config.errors import RulesError, did_you_mean

        raise RulesError(f"there is no label {label!r}: {did_you_mean(label, rules.labels)}")


def _find_source_run(rules: RuleSet, runs: list[Row]) -> int | None:
    """The run that the rules say they were made of, if it is one of this store: of the same model."""
    provenance_values = rules.provenance
    key = (provenance_values.get("run"), provenance_values.get("model_digest"))
    return next((row["run"] for row in runs if (row["run"], row["model_digest"]) == key), None)


app.add_typer(rules_run.app)


@app.command()
def build(
    store: Store,
    output: Annotated[Path, typer.Option("-o", "--output", help="The rule file that is written.", show_default=False)],
    rules_per_label: Annotated[int, typer.Option(min=1, help="The most rules of each label.")] = 50,
    run: RunNumber = None,
    against: Annotated[
        str, typer.Option(metavar="model|gold", help="Whose labels the rules should say: the model's, or people's.")
    ] = "model",
    selection: Annotated[
        str,
        typer.Option(
            metavar="best|joint|regression|coverage|importance|weighted|log-odds", help="How rules are chosen."
        ),
    ] = "best",
    fallback: Annotated[
        Optional[str], typer.Option(metavar="LABEL", help="What is said where no rule fires; nothing by default.")
    ] = None,
    min_documents: Annotated[int, typer.Option(min=1, help="Only patterns that occur in so many documents.")] = 3,
    min_precision: Annotated[
        float, typer.Option(min=0, max=1, help="Only patterns whose precision is surely that high (Wilson bound).")
    ] = 0.0,
    accepted: Annotated[
        bool, typer.Option("--accepted", help="Only patterns that a review has accepted; else all not spoken against.")
    ] = False,
    texts: Annotated[
        Optional[str],
        typer.Option(metavar="FILE", help="Labelled texts to choose and weigh by, instead of the run's own corpus."),
    ] = None,
    text: TextColumn = "text",
    label: Annotated[str, typer.Option(metavar="COLUMN", help="The column of --texts with the label.")] = "label",
    separator: Annotated[
        Optional[str], typer.Option(metavar="TEXT", help="What separates several labels in it, such as |.")
    ] = None,
    documents: Annotated[
        int, typer.Option(min=1, help="Of a larger corpus, about so many documents are read.")
    ] = 200_000,
    name: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="Keep them in the store too, as the next version of NAME.")
    ] = None,
) -> None:
    """Makes a rule set of a run's patterns.

    Rules are chosen for all labels together, so that each says what the others leave unsaid, and their weights are
    learned from the texts that were mined, with what the model said of them. What people have rejected is left out.
    """
    from camlode.config import Corpus
    from camlode.rules.classifier import RuleClassifier
    from camlode.sql import PatternStore

    _check_build_options(output, against)
    pattern_store = PatternStore(store)
    classifier = RuleClassifier.from_store(
        store,
        run,
        rules_per_label,
        selection=selection,  # type: ignore[arg-type]  # what it may be is checked there
        fallback=fallback,
        min_documents=min_documents,
        min_precision=min_precision,
        accepted=accepted,
    )
    rules = classifier.rule_set_
    if texts is None:
        number = cast("int", rules.provenance["run"])
        training = read_run_texts(pattern_store, store, number, rules.task, against=against, documents=documents)
    else:
        training = read_corpus_texts(
            Corpus(paths=[texts], text=text, label=label, label_separator=separator), rules.task
        )
    exclusive = rules.task == "multiclass"
    classifier.fit(training.texts, [next(iter(each)) for each in training.labels] if exclusive else training.labels)
    classifier.save(output)
    _print_fit(classifier, training, output)
    if name is not None:
        _save_to_store(pattern_store, name, classifier)


def _check_build_options(output: Path, against: str) -> None:
    """What would else be found only once the work is done."""
    if against not in AGAINST:
        raise RulesError(f"--against is {against!r}: {did_you_mean(against, AGAINST)}")
    if output.is_dir():
        raise RulesError(f"{output} is a folder: name a file")
    if not output.absolute().parent.is_dir():
        raise RulesError(f"{output} cannot be written: there is no folder {output.parent}")


def _print_fit(classifier: RuleClassifier, training: TrainingTexts, output: Path) -> None:
    from camlode.rules.evaluation.evaluate import evaluate

    rules = classifier.rule_set_
    measures = evaluate(classifier, *training)
    info(
        f"{len(rules.rules):,} rules for {len(rules.labels)} labels in {output}: on the {measures.texts:,} texts that "
        f"they were learned from a rule fires in {measures.coverage:.1%} and {measures.accuracy:.1%} get just their "
        "labels; camlode rules evaluate tells of others"
    )
    labels_without_rules = [label for label in rules.labels if all(rule.label != label for rule in rules.rules)]
    if labels_without_rules:
        info(f"no rule was found for: {join_words(labels_without_rules)}")


def _save_to_store(store: PatternStore, name: str, classifier: RuleClassifier) -> None:
    from camlode.rules.rule_file import rules_to_json

    run = classifier.rule_set_.provenance.get("run")
    number = run if isinstance(run, int) else None
    version = store.save_rules(name, rules_to_json(classifier.rule_set_), number, author=login_name())
    info(f"kept as version {version} of {name} in {store.name}")


Output = Annotated[
    Optional[Path],
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Written whole or not at all; for words a new folder. Text is printed without it.",
    ),
]

FORMATS = "csv|jsonl|parquet|spacy|python|argilla|elasticsearch|words|jieba|vocabulary|grasp"


@app.command()
def export(
    source: Annotated[
        str, typer.Argument(metavar="STORE|RULES", help="A pattern store, or a rule file.", show_default=False)
    ],
    output_format: Annotated[str, typer.Option("--format", metavar=FORMATS, help="For whom.", show_default=False)],
    output: Output = None,
    label: LabelOption = None,
    run: RunNumber = None,
    top: Annotated[Optional[int], typer.Option(min=1, help="The first so many patterns of each label.")] = None,
    order: Annotated[
        Optional[str],
        typer.Option(
            metavar="importance|mean|precision|gold-precision|weighted|log-odds|c-value",
            help="By what they are ordered, importance if it isn't given; weighted is importance × precision.",
        ),
    ] = None,
    min_precision: Annotated[
        Optional[float], typer.Option(min=0.0, max=1.0, help="Only those of this precision at least.")
    ] = None,
    language: Annotated[
        Optional[str],
        typer.Option(metavar="CODE", help="For spacy, the pipeline's language: zh cuts into single characters."),
    ] = None,
) -> None:
    """Exports the patterns of a store, or the rules of a rule file, for other tools.

    Patterns that their last review calls rejected or spurious are left out. Of a rule file --label alone can choose.
    """
    from camlode.config.errors import RulesError
    from camlode.rules.exports import TextExporter, get_exporter
    from camlode.rules.exports.writing import export_text, write

    exporter = get_exporter(output_format)
    if language is not None and output_format != "spacy":
        raise RulesError(f"--language is for --format spacy, not for {output_format}: leave it out")
    filters = {"run": run, "top": top, "order": order, "min_precision": min_precision}
    patterns = _read_patterns(
        source, label, language, {name: value for name, value in filters.items() if value is not None}
    )
    if output is not None:
        write(exporter, patterns, output)
    elif isinstance(exporter, TextExporter):
        _print_lines(export_text(exporter, patterns))
    else:
        raise RulesError(f"{output_format} is no text to print: name its file, such as -o patterns{exporter.suffix}")
    for what, count in patterns.left_out.items():
        info(f"{output_format} cannot express {count} of the patterns, which hold {what}: left out")


def _read_patterns(source: str, label: str | None, language: str | None, filters: dict[str, Any]) -> ExportedPatterns:
    from camlode.rules.exports.sources import is_rule_file, patterns_from_rules, patterns_from_store

    if is_rule_file(source):
        from camlode.config.errors import RulesError
        from camlode.rules.rule_file import read_rules

        for name in filters:
            option = f"--{name.replace('_', '-')}"
            raise RulesError(f"{option} is for stores, and {source} is a rule file: leave it out")
        found = patterns_from_rules(read_rules(source), source, label=label)
    else:
        from camlode.sql import PatternStore

        found = patterns_from_store(PatternStore(source), label=label, **filters)
    return replace(found, language=language)


def _print_lines(lines: Iterable[str]) -> None:
    """Prints what an export has; on a terminal without what that would obey."""
    from camlode.pipeline.display.sanitize import sanitize

    is_terminal = sys.stdout.isatty()
    with exit_on_broken_pipe():
        for line in lines:
            sys.stdout.write("\n".join(map(sanitize, line.split("\n"))) if is_terminal else line)
