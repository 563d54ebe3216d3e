"""The rejected records of a run, read from the files of its shards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from camlode.config.errors import StoreError
from camlode.pipeline.stages.work_folder import WorkFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.sql import PatternStore, Row

COLUMNS = ("shard", "id", "place", "reason", "extract")


def read_rejects(store: PatternStore, run: int, reason: str | None = None) -> Iterator[Row]:
    """Yield the rejected records of a run in corpus order, as COLUMNS; `reason`: only these.

    An unfinished run has those of its finished shards.

    Raises:
        StoreError: there is no such run, or its files are gone.
    """
    folder = WorkFolder(store.run(run)["folder"])
    for shard in store.rows("shards", run=run, state="done"):
        if shard["rejects"]:
            yield from _read_shard_rejects(folder, shard, reason)


def _read_shard_rejects(folder: WorkFolder, shard: Row, reason: str | None) -> Iterator[Row]:
    try:
        with folder.open("rejects", shard["partial"]) as file:
            records = pq.read_table(file).to_pylist()
    except OSError as error:
        raise StoreError(
            f"the rejects of shard {shard['number']} are no longer in {folder.address}/rejects; the store's table "
            "rejects has the number of documents by reason"
        ) from error
    for record in records:
        if reason in (None, record["reason"]):
            yield {"shard": shard["number"], **record}
