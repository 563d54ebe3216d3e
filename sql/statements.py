"""The SELECTs of the questions, in SQL that SQLite and PostgreSQL both understand."""

from __future__ import annotations

RUNS = """
SELECT id AS run, status, current, fingerprint, parts, method, model, task, layers, settings, versions, folder, owner,
       started, ended, documents_read, documents_explained, documents_rejected, documents_truncated,
       duplicate_ids, padding_share, empty_maps, residual,
       coalesce(planned, shards) AS shards, done AS done_shards, coalesce(failed, failed_shards) AS failed_shards
FROM runs
LEFT JOIN (
    SELECT run_id, count(*) AS planned,
           sum(CASE WHEN state = 'done' THEN 1 ELSE 0 END) AS done,
           sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) AS failed
    FROM shards
    GROUP BY run_id
) AS progress ON progress.run_id = runs.id
ORDER BY id
"""

LABELS = """
SELECT run_id AS run, name AS label, documents, gold_documents, agreed_documents, importance
FROM labels
WHERE run_id = :run
ORDER BY position
"""

PATTERNS = """
SELECT labels.run_id AS run, labels.name AS label, patterns.rank, fragments.text AS fragment,
       patterns.importance, patterns.mean, patterns.share, patterns.documents, patterns.occurrences
FROM labels
JOIN patterns ON patterns.label_id = labels.id
JOIN fragments ON fragments.id = patterns.fragment_id
WHERE {conditions}
ORDER BY labels.position, patterns.rank
"""

EXAMPLES = """
SELECT labels.run_id AS run, labels.name AS label, fragments.text AS fragment, examples.position,
       examples.document, examples.place, examples."left", examples.hit, examples."right", examples.importance
FROM labels
JOIN patterns ON patterns.label_id = labels.id
JOIN fragments ON fragments.id = patterns.fragment_id
JOIN examples ON examples.label_id = patterns.label_id AND examples.fragment_id = patterns.fragment_id
WHERE {conditions}
ORDER BY labels.position, patterns.rank, examples.position
"""

REJECTS = """
SELECT run_id AS run, reason, documents
FROM rejects
WHERE run_id = :run
ORDER BY documents DESC, reason
"""

SHARDS = """
SELECT run_id AS run, number, shard, file, file_bytes, unit, start, stop, state, attempts, error, worker, seconds,
       documents, rejects, partial, partial_bytes
FROM shards
{where}
ORDER BY run_id, number
"""
