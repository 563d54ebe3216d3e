"""Columns of an Arrow table → documents and rejects, with a Python loop over malformed rows only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from camlode.config.errors import CorpusError
from camlode.pipeline.readers.base import RejectReason, list_columns, make_extract, parse_labels
from camlode.pipeline.records import DOCUMENTS_SCHEMA, REJECTS_SCHEMA, ShardDocuments

if TYPE_CHECKING:
    from camlode.config.sections import Corpus

_LABELS = DOCUMENTS_SCHEMA.field("labels").type
_EMPTY = pa.scalar("", pa.large_string())
_NO_ID = pa.scalar(None, pa.string())


def check_types(path: str, schema: pa.Schema, corpus: Corpus) -> None:
    """Check that texts are strings, ids strings or numbers, and labels the same or lists of them.

    Raises:
        CorpusError: a column has another type.
    """
    for setting, column in list_columns(corpus).items():
        found = schema.field(column).type
        kind = found.value_type if setting == "corpus.label" and _is_list(found) else found
        if not (_is_text(kind) or (setting != "corpus.text" and _is_number(kind))):
            expected = "strings" if setting == "corpus.text" else "strings or numbers"
            raise CorpusError(
                f"{path}: column {column!r} ({setting}) must hold {expected}, but holds {found}; "
                "name another column or convert it"
            )


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _is_text(kind: pa.DataType) -> bool:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    texts = (pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.null())
    return plain in texts


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_primitive(kind) or pa.types.is_decimal(kind))


def to_shard_documents(table: pa.Table, locations: pa.Array, corpus: Corpus) -> ShardDocuments:
    """Convert the rows of a shard; `locations` [rows] are strings such as `file:line`."""
    columns = {name: _normalize_column(table.column(name)) for name in table.column_names}
    valid = _find_utf8_rows(list(columns.values()))
    text = columns[corpus.text]
    # Empty, not null: Arrow's text functions may read the bytes under a null, and fail on those that are not UTF-8.
    reasons = _find_reject_reasons(pc.if_else(valid, text, _EMPTY), valid)
    accepted = pc.is_null(reasons)
    ids = _to_ids(columns[corpus.id], valid) if corpus.id else pa.nulls(len(text), pa.string())
    labels = columns[corpus.label].filter(accepted) if corpus.label else None
    documents = [
        pc.coalesce(ids, locations).filter(accepted),
        text.filter(accepted),
        pa.nulls(pc.sum(accepted).as_py(), _LABELS) if labels is None else _to_labels(labels, corpus),
        locations.filter(accepted),
    ]
    return ShardDocuments(
        pa.Table.from_arrays(documents, schema=DOCUMENTS_SCHEMA),
        _build_rejects(ids, locations, reasons, text.cast(pa.large_binary())),
    )


def _normalize_column(column: pa.ChunkedArray) -> pa.Array:
    """The column as one array without dictionaries; text as large strings, which are not known to be UTF-8 yet."""
    kind = column.type
    # Not `safe`: a safe cast of bytes to strings fails as a whole where one of them is not UTF-8.
    target = pa.large_string() if _is_text(kind) else kind
    return column.cast(target, safe=False).combine_chunks()


def _find_utf8_rows(columns: list[pa.Array]) -> pa.BooleanArray:
    """Mask [rows] of the rows that are UTF-8 in every column."""
    valid = pa.repeat(True, len(columns[0]))
    for column in columns:
        # The whole column at once; its values one by one only if that fails.
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            valid = pc.and_(valid, _are_values_utf8(column))
    return valid


def _are_values_utf8(column: pa.Array) -> pa.BooleanArray:
    target = pa.list_(pa.large_binary()) if _is_list(column.type) else pa.large_binary()
    return pa.array([_is_utf8(value) for value in column.cast(target).to_pylist()], pa.bool_())


def _is_utf8(value: bytes | list[bytes | None] | None) -> bool:
    items = value if isinstance(value, list) else [value]
    try:
        for item in items:
            (item or b"").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _find_reject_reasons(text: pa.Array, valid: pa.BooleanArray) -> pa.Array:
    """The reason why each row is a reject; null for documents."""
    cases = {
        RejectReason.INVALID_UTF8: pc.invert(valid),
        RejectReason.NULL_TEXT: pc.is_null(text),
        RejectReason.EMPTY_TEXT: pc.equal(text, ""),
        RejectReason.BLANK_TEXT: pc.utf8_is_space(text),
    }
    return pc.case_when(pc.make_struct(*cases.values()), *(reason.value for reason in cases))


def _to_ids(column: pa.Array, valid: pa.BooleanArray) -> pa.Array:
    """Ids as strings; null for missing, NaN and empty ones."""
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), None, column)
    elif _is_text(column.type):
        column = pc.if_else(valid, column, _EMPTY)
    names = column.cast(pa.string())
    return pc.if_else(pc.equal(names, ""), _NO_ID, names)


def _to_labels(column: pa.Array, corpus: Corpus) -> pa.Array:
    separator = corpus.label_separator
    if not _is_list(column.type):
        distinct = column.dictionary_encode()
        lists = [parse_labels(value, separator) for value in distinct.dictionary.to_pylist()]
        return pa.array(lists, _LABELS).take(distinct.indices)
    items = pc.list_flatten(column)
    if _is_text(items.type) and not items.null_count and not pc.any(pc.equal(items, "")).as_py():
        return column.cast(_LABELS)
    return pa.array([parse_labels(value, separator) for value in column.to_pylist()], _LABELS)


def _build_rejects(ids: pa.Array, locations: pa.Array, reasons: pa.Array, raw: Any) -> pa.Table:
    refused = pc.is_valid(reasons)
    extracts = pa.array([make_extract(value or b"") for value in raw.filter(refused).to_pylist()], pa.string())
    columns = [ids.filter(refused), locations.filter(refused), reasons.filter(refused), extracts]
    return pa.Table.from_arrays(columns, schema=REJECTS_SCHEMA)
