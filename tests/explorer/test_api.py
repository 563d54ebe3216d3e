"""The JSON API answers as `PatternStore` does."""

from __future__ import annotations

import json

import pytest

from camlode.explorer.api import read_router
from camlode.pipeline.display.tables import dump_json
from camlode.sql.query import QUERIES

BEARER = {"Authorization": "Bearer the-token"}
QUERY_FILTERS = {
    "runs": {},
    "labels": {"run": 1},
    "patterns": {"label": "财经", "top": 3, "offset": 2, "order": "c-value", "contains": "基", "min_documents": 9},
    "examples": {"fragment": "基金001", "label": "财经"},
    "places": {"fragment": "基金001"},
    "difference": {"before": 1, "after": 2, "label": "财经"},
    "difference_counts": {"before": 1, "after": 2},
    "rejects": {"run": 1},
    "reviews": {"label": "财经"},
    "shards": {},
    "rule_sets": {},
}


def test_every_query_has_a_route():
    assert {route.path.removeprefix("/api/") for route in read_router.routes} - {"audit"} == QUERIES.keys()
    assert QUERY_FILTERS.keys() == QUERIES.keys()


@pytest.mark.parametrize(("question", "filters"), QUERY_FILTERS.items())
def test_a_route_returns_the_rows_of_the_store(reader, store, question, filters):
    store.review("股票", "财经", "accepted", note="<b>", author="mina")
    answer = reader.get(f"/api/{question}", params=filters)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == json.loads(dump_json(store.rows(question, **filters)))


def test_patterns_are_limited_to_fifty_per_label(reader):
    assert len(reader.get("/api/patterns").json()) == 52


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/api/patterns?label=财金", "did you mean '财经'?"),
        ("/api/patterns?top=0", "top: Input should be greater than or equal to 1"),
        ("/api/patterns?offset=-1", "offset: Input should be greater than or equal to 0"),
        ("/api/patterns?run=x", "run: Input should be a valid integer"),
        ("/api/labels?run=9", "there is no published run 9"),
        ("/api/places", "fragment: Field required"),
        ("/api/rules", "has no accepted pattern"),
    ],
)
def test_an_error_is_one_line(reader, path, problem):
    answer = reader.get(path)
    assert answer.status_code == 400
    assert problem in answer.json()["error"]


def test_unknown_routes_are_errors(reader):
    assert reader.get("/api/nothing").json() == {"error": "there is no such page"}
    assert reader.delete("/api/runs", headers=BEARER).status_code == 405


def test_a_review_is_stored_and_undone(reader, store):
    body = {"fragment": "股票", "label": "财经", "verdict": "rejected", "note": "why", "author": "mina"}
    (row,) = reader.post("/api/reviews", json=body, headers=BEARER).json()
    assert (row["status"], row["note"], row["author"]) == ("rejected", "why", "mina")
    assert reader.post("/api/reviews", json=body | {"verdict": "undo"}, headers=BEARER).json() == []
    assert store.rows("reviews") == []


def test_an_invalid_body_is_refused(reader, store):
    answer = reader.post("/api/reviews", content=b"{", headers=BEARER | {"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert store.rows("reviews") == []


def test_rules_are_built_from_accepted_patterns(reader, store):
    store.review("股票", "财经", "accepted")
    assert [rule["text"] for rule in reader.get("/api/rules").json()["rules"]] == ["股票"]
    assert reader.get("/api/rules", params={"format": "csv"}).text.splitlines()[1].startswith("2/财经/4,财经,股票,")


def test_the_audit_is_that_of_the_command(reader, store):
    from camlode.pipeline.audit.audit import audit

    assert reader.get("/api/audit").json() == json.loads(dump_json(audit(store).to_dict()))


def test_the_documentation_lists_every_endpoint_and_loads_nothing(reader):
    schema = reader.get("/api/openapi.json").json()
    assert {f"/api/{question}" for question in QUERIES} < schema["paths"].keys()
    text = reader.get("/api").text
    for path in schema["paths"]:
        assert f"<code>{path}</code>" in text
    assert reader.get("/docs").status_code == reader.get("/redoc").status_code == 404


def test_explaining_needs_a_job(reader):
    answer = reader.post("/api/explain", json={"text": "水果"})
    assert answer.status_code == 400
    assert "camlode serve STORE --job" in answer.json()["error"]
