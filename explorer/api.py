"""The JSON API under /api, in two routers: one for queries and the audit, one for actions.

Responses are JSON as the commands print it. Routes that write need the token; see `camlode.explorer.middleware`.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from camlode.config.errors import CamlodeError
from camlode.explorer.pages.explain import NO_JOB_MESSAGE
from camlode.explorer.pages.review import MAX_NOTE_LENGTH, parse_verdict
from camlode.explorer.rule_jobs import (
    RULE_FILE_FORMAT,
    RuleSetOptions,
    build_rule_set,
    download_headers,
    export_rule_set,
)
from camlode.explorer.site import Site, get_site
from camlode.pipeline.display.tables import dump_json
from camlode.sql import PatternFilter

ROWS_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The rows: a list of objects by column.", "model": list[dict[str, Any]]},
    400: {"description": "The error, in one line.", "model": dict[str, str]},
}
"""The responses of routes that return rows, for OpenAPI."""

OBJECT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The result: an object by name.", "model": dict[str, Any]},
    400: ROWS_RESPONSES[400],
}


def json_response(value: object) -> Response:
    """Make a JSON response."""
    return Response(dump_json(value), media_type="application/json")


read_router = APIRouter(prefix="/api", tags=["queries"])

SiteDependency = Annotated[Site, Depends(get_site)]
RunParam = Annotated[int | None, Query(description="The number of a published run; the current run by default.")]
LabelParam = Annotated[str | None, Query(description="Only this label.")]
FragmentParam = Annotated[str | None, Query(description="Only this fragment: its whole text.")]
TopParam = Annotated[int, Query(ge=1, le=10_000, description="At most this many per label.")]


@read_router.get("/runs", responses=ROWS_RESPONSES)
def runs(site: SiteDependency) -> Response:
    """All runs of any status, in the order of their start."""
    return json_response(site.store.rows("runs"))


@read_router.get("/labels", responses=ROWS_RESPONSES)
def labels(site: SiteDependency, run: RunParam = None) -> Response:
    """The labels in the model's order, with their numbers of documents and patterns, and their importance in logits."""
    return json_response(site.store.rows("labels", run=run))


@read_router.get("/patterns", responses=ROWS_RESPONSES)
def patterns(
    site: SiteDependency,
    label: LabelParam = None,
    run: RunParam = None,
    top: TopParam = 50,
    offset: Annotated[int, Query(ge=0, le=2**31 - 1, description="Skip this many per label.")] = 0,
    contains: Annotated[str | None, Query(description="Only fragments that contain this text; case counts.")] = None,
    order: Annotated[
        str, Query(description="importance, mean, precision, gold-precision, weighted, log-odds or c-value.")
    ] = "importance",
    min_documents: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    min_precision: Annotated[float | None, Query(ge=0, le=1)] = None,
    status: Annotated[
        str | None,
        Query(description="accepted, rejected, spurious, unreviewed, or usable: neither rejected nor spurious."),
    ] = None,
    maximal: Annotated[
        bool, Query(description="Leave out patterns that are subsumed by a longer pattern of the label.")
    ] = False,
) -> Response:
    """Patterns by label, best first, importances in logits."""
    filters = PatternFilter(label, run, top, contains, order, min_documents, min_precision, status, maximal, offset)
    return json_response(site.store.rows("patterns", filters=filters))


@read_router.get("/examples", responses=ROWS_RESPONSES)
def examples(
    site: SiteDependency, fragment: str, label: LabelParam = None, run: RunParam = None, kind: str | None = None
) -> Response:
    """Occurrences where a pattern was important (kind supporting), and in documents of other labels (kind counter)."""
    return json_response(site.store.rows("examples", label=label, fragment=fragment, run=run, kind=kind))


@read_router.get("/places", responses=ROWS_RESPONSES)
def places(site: SiteDependency, fragment: str) -> Response:
    """The published runs and labels in which a fragment is a pattern, with its statistics there."""
    return json_response(site.store.rows("places", fragment=fragment))


@read_router.get("/difference", responses=ROWS_RESPONSES)
def difference(site: SiteDependency, before: int, after: int, label: LabelParam = None, top: TopParam = 20) -> Response:
    """Patterns gained, lost and moved between two runs, by label, the biggest changes of share first."""
    return json_response(site.store.rows("difference", before=before, after=after, label=label, top=top))


@read_router.get("/difference_counts", responses=ROWS_RESPONSES)
def difference_counts(site: SiteDependency, before: int, after: int, label: LabelParam = None) -> Response:
    """Numbers of patterns in two runs by label, and how many were kept, gained and lost."""
    return json_response(site.store.rows("difference_counts", before=before, after=after, label=label))


@read_router.get("/rejects", responses=ROWS_RESPONSES)
def rejects(site: SiteDependency, run: RunParam = None) -> Response:
    """Numbers of rejected documents by reason, the most frequent first."""
    return json_response(site.store.rows("rejects", run=run))


@read_router.get("/reviews", responses=ROWS_RESPONSES)
def reviews(site: SiteDependency, fragment: FragmentParam = None, label: LabelParam = None) -> Response:
    """Reviews, oldest first; of several for the same fragment and label, the last counts."""
    return json_response(site.store.rows("reviews", fragment=fragment, label=label))


@read_router.get("/shards", responses=ROWS_RESPONSES)
def shards(site: SiteDependency, run: RunParam = None) -> Response:
    """The ledger of all runs, or of one: each shard and its status."""
    return json_response(site.store.rows("shards", run=run))


@read_router.get("/rule_sets", responses=ROWS_RESPONSES)
def rule_sets(site: SiteDependency, name: str | None = None) -> Response:
    """All versions of all rule sets, or of one, with their measures."""
    return json_response(site.store.rows("rule_sets", name=name))


@read_router.get("/audit", responses=OBJECT_RESPONSES)
def audit(site: SiteDependency, run: RunParam = None, against: RunParam = None) -> Response:
    """Patterns that the model relies on but perhaps should not, with reasons and examples."""
    return json_response(site.audit(site.run(run)["run"], against).to_dict())


write_router = APIRouter(prefix="/api", tags=["actions"])


class ReviewRequest(BaseModel):
    """A verdict on a pattern."""

    fragment: str
    label: str
    verdict: str = Field(description="accepted, rejected or spurious; undo removes the last review.")
    note: str = Field(default="", max_length=MAX_NOTE_LENGTH)
    author: str | None = Field(
        default=None, description="The reviewer's name; by default that of the explorer's settings."
    )


class ExplainRequest(BaseModel):
    """A text to explain."""

    text: str
    label: str | None = Field(default=None, description="Explain this label, whether predicted or not.")


@write_router.post("/reviews", responses=ROWS_RESPONSES)
def review(site: SiteDependency, body: ReviewRequest) -> Response:
    """Store or undo a verdict on a pattern, for all runs that have it; returns the pattern's reviews.

    Needs the token, as `Authorization: Bearer TOKEN`.
    """
    author = site.settings.author if body.author is None else body.author
    site.review(body.fragment, body.label, parse_verdict(body.verdict), body.note, author)
    return json_response(site.store.rows("reviews", fragment=body.fragment, label=body.label))


@write_router.get("/rules", response_class=Response)
def rules(
    site: SiteDependency,
    run: RunParam = None,
    output_format: Annotated[
        str, Query(alias="format", description="rules (the rule file), or a format of camlode export.")
    ] = RULE_FILE_FORMAT,
    rules_per_label: Annotated[int, Query(ge=1, le=100_000)] = 50,
    min_documents: Annotated[int, Query(ge=0, le=2**31 - 1)] = 1,
    min_precision: Annotated[float, Query(ge=0, le=1)] = 0.0,
    fallback: Annotated[str | None, Query(description="The label of texts that no rule matches.")] = None,
) -> Response:
    """A rule set made from the accepted patterns, as a file.

    The header Camlode-Left-Out counts the rules that the format cannot express.
    """
    rule_options = RuleSetOptions(site.run(run)["run"], rules_per_label, min_documents, min_precision, fallback)
    export = export_rule_set(build_rule_set(site.settings.address, rule_options), output_format)
    return Response(export.content, media_type=export.media_type, headers=download_headers(export))


@write_router.post("/explain", responses=OBJECT_RESPONSES)
def explain(site: SiteDependency, body: ExplainRequest) -> Response:
    """The importance of each token of a text for the labels that the model predicts; only if the explorer has a job."""
    if site.explainer is None:
        raise CamlodeError(NO_JOB_MESSAGE)
    return json_response(site.explainer.explain(body.text, body.label).to_dict())
