"""Runs of revision 0001, as those of 0002: their models and corpora have tables of their own."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import select

from camlode.sql.migrations.revision_0002.names import corpus_name, model_name
from camlode.sql.migrations.revision_0002.runs import CORPORA, MODELS, RUNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, RowMapping, Table

Values: TypeAlias = dict[str, Any]

_DEFAULT_THRESHOLD = {"multiclass": 0.0, "multilabel": 0.5}


def migrate_runs(connection: Connection, old: Mapping[str, Table]) -> None:
    """Adds the old runs under their numbers, with their models and corpora; those of the same share a row."""
    models: dict[str, Values] = {}
    corpora: dict[tuple[str, str], Values] = {}
    runs = []
    for run in connection.execute(select(old["runs"]).order_by(old["runs"].c.id)).mappings().all():
        model = build_model_row(run, _labels(connection, old["labels"], run["id"]))
        corpus = build_corpus_row(run, _files(connection, old["shards"], run["id"]))
        model = models.setdefault(model["key"], {"id": len(models) + 1, **model})
        known = corpora.setdefault((corpus["name"], corpus["digest"]), {"id": len(corpora) + 1, **corpus})
        _learn(known, corpus)
        runs.append(_run(run, model["id"], known["id"]))
    for table, rows in ((MODELS, [*models.values()]), (CORPORA, [*corpora.values()]), (RUNS, runs)):
        if rows:
            connection.execute(table.insert(), rows)
    old["runs"].drop(connection, checkfirst=False)


def build_model_row(run: RowMapping, labels: Sequence[str]) -> Values:
    """The row of a run's model; its own digest was not kept, so that of all that the run's job says of it stands in."""
    thresholds = _thresholds(json.loads(run["settings"]).get("model", {}).get("threshold"), run["task"], labels)
    values = {
        "name": model_name(run["model"]),
        "version": None,
        "digest": _part(run, "model"),
        "task": run["task"],
        "labels": _json(labels),
        "thresholds": _json(thresholds),
        "layers": _json(json.loads(run["layers"])),
    }
    return values | {"key": hashlib.sha256(_json(values).encode()).hexdigest()}


def build_corpus_row(run: RowMapping, files: Mapping[str, int]) -> Values:
    """The row of a run's corpus, whose files, with their sizes in bytes, are those of its shards."""
    paths = json.loads(run["settings"]).get("corpus", {}).get("paths", [])
    return {
        "name": corpus_name(paths, files),
        "digest": _part(run, "corpus"),
        "files": len(files),
        "bytes": sum(files.values()),
        "documents": run["documents_read"] if run["status"] == "complete" else None,
    }


def _learn(corpus: Values, seen: Values) -> None:
    """Adds what another run knows of the same corpus; the last complete one knows how many documents it has."""
    corpus |= {name: max(corpus[name], seen[name]) for name in ("files", "bytes")}
    if seen["documents"] is not None:
        corpus["documents"] = seen["documents"]


def _run(run: RowMapping, model: int, corpus: int) -> Values:
    kept = {column.name: run[column.name] for column in RUNS.columns if column.name in run}
    unit = json.loads(run["settings"]).get("fragments", {}).get("unit", "word")
    return kept | {"model_id": model, "corpus_id": corpus, "unit": unit}


def _thresholds(setting: Any, task: str, labels: Sequence[str]) -> list[float]:
    default = _DEFAULT_THRESHOLD[task]
    if isinstance(setting, dict):
        return [setting.get(label, default) for label in labels]
    return [default if setting is None else setting] * len(labels)


def _part(run: RowMapping, section: str) -> str:
    """The digest of a section of the job, or of the whole where the run has none of it."""
    return str(json.loads(run["parts"]).get(section, run["fingerprint"]))


def _labels(connection: Connection, labels: Table, run: int) -> list[str]:
    found = select(labels.c.name).where(labels.c.run_id == run).order_by(labels.c.position)
    return [*connection.scalars(found)]


def _files(connection: Connection, shards: Table, run: int) -> dict[str, int]:
    rows = connection.execute(select(shards.c.file, shards.c.file_bytes).where(shards.c.run_id == run).distinct())
    return {row.file: row.file_bytes for row in rows}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
