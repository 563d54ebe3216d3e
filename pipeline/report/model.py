"""What a report tells of a run."""
# MERGED: The rule sets that were made of a run, and what was measured of them.
# MERGED: What `camlode faithfulness --format json` measured, for a report.
# MERGED: How long each stage of a run took, by the run's log.

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camlode.config.errors import CamlodeError
from camlode.pipeline.faithfulness.report import FaithfulnessReport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from camlode.pipeline.audit.findings import Audit
    from camlode.sql import PatternStore, Row


@dataclass(frozen=True, slots=True)
class ReportPattern:
    """A pattern (its row of the store), where it was important, and where it occurs in documents of other labels."""

    row: Row
    examples: Sequence[Row]
    counter_examples: Sequence[Row]


@dataclass(frozen=True, slots=True)
class ReportLabel:
    """A label (its row of the store) and its first patterns by rank."""

    row: Row
    patterns: Sequence[ReportPattern]


@dataclass(frozen=True, slots=True)
class SharedFragments:
    """Which labels lean on the same fragments.

    Of `labels`, `counts` says for each two how many fragments are among the first `depth` patterns of both; on the
    diagonal it is how many of them the label has. `fragments` are those that most labels share, each with the rows of
    its patterns; `left_out` is how many labels are not in the map, which share least.
    """

    depth: int
    labels: Sequence[str]
    counts: Sequence[Sequence[int]]
    fragments: Sequence[tuple[str, Sequence[Row]]]
    left_out: int


@dataclass(frozen=True, slots=True)
class RunDifference:
    """What changed since another run: its row, the counts by label, and the biggest changes of each label."""

    before: Row
    counts: Sequence[Row]
    changes: Sequence[Row]


@dataclass(frozen=True, slots=True)
class RunReport:
    """All that a report tells.

    `rejects` are by reason; `stages` the seconds of all processes by stage, None where the run's log is gone; `shown`
    are, by label and fragment, examples of the audit's findings that are shown in full, at most `findings` patterns of
    a label; `difference` is None for the first published run; `rule_sets` are the last versions of the sets that were
    made of this run, once for each corpus and kind of labels that they were measured on;
    `faithfulness` is what the store doesn't know.
    """

    run: Row
    labels: Sequence[ReportLabel]
    rejects: Sequence[Row]
    stages: Mapping[str, float] | None
    shared: SharedFragments
    audit: Audit
    shown: Mapping[tuple[str, str], ReportPattern]
    findings: int
    difference: RunDifference | None
    rule_sets: Sequence[Row]
    faithfulness: FaithfulnessReport | None = None


RULE_SET_COLUMNS = ("name", "version", "rules", "author", "created")
MEASURE_COLUMNS = ("accuracy", "micro_f1", "macro_f1", "coverage", "covered_accuracy", "conflicts")


def read_rule_sets(store: PatternStore, run: int) -> list[Row]:
    """The last version of each set that was made of the run: a row for each corpus and kind of labels that it was
    measured on, or one without measures."""
    last = {row["name"]: row for row in store.stream("rule_sets") if row["run"] == run}
    return [flat for row in last.values() for flat in _flatten_evaluations(row)]


def _flatten_evaluations(row: Row) -> list[Row]:
    alone = {name: row[name] for name in RULE_SET_COLUMNS} | dict.fromkeys(("corpus", "against", *MEASURE_COLUMNS))
    measured: dict[tuple[Any, ...], Row] = {}
    for each in row["evaluations"]:
        target = {"corpus": each["corpus"], "against": each["against"]}
        measured.setdefault(tuple(target.values()), alone | target)[each["measure"]] = each["value"]
    return [*measured.values()] or [alone]


def read_faithfulness(path: Path) -> FaithfulnessReport:
    """The comparison of methods that a file holds.

    Raises:
        CamlodeError: there is no such file, or it holds something else.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(FaithfulnessReport).validate_json(path.read_bytes())
    except OSError as error:
        raise CamlodeError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise CamlodeError(
            f"{path} is no comparison of methods: {place}: {first['msg']}; expected what camlode faithfulness JOB "
            "--format json prints"
        ) from error


LOG_NAME = "run.log"


def read_stage_seconds(folder: str) -> dict[str, float] | None:
    """The seconds that all processes together spent in each stage: of every shard its last attempt that was done.

    None where the log is not on this machine.
    """
    if "://" in folder:
        return None
    try:
        lines = (Path(folder) / LOG_NAME).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    done: dict[int, dict[str, float]] = {}
    for line in lines:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue  # a process that was killed has left half a line
        if entry.get("state") == "done":
            done[entry["shard"]] = entry["seconds"]
    stages = dict.fromkeys((stage for seconds in done.values() for stage in seconds), 0.0)
    for seconds in done.values():
        for stage, value in seconds.items():
            stages[stage] += value
    return stages or None
