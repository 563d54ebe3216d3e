"""Reading: the same questions as `PatternStore`'s, and the audit."""
# MERGED: How the API answers: JSON as the commands print it.
# MERGED: Reviews, rules and explanations. What changes the store needs the token.
# MERGED: The JSON API under /api: the questions of `PatternStore`, reviews, audits, rules and explanations.

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
    200: {"description": "The rows, as a list of objects by column.", "model": list[dict[str, Any]]},
    400: {"description": "What is wrong, in one line.", "model": dict[str, str]},
}
"""What answers with rows can be, as OpenAPI describes them."""

OBJECT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The answer, by name.", "model": dict[str, Any]},
    400: ROWS_RESPONSES[400],
}


def json_response(value: object) -> Response:
    """A value as JSON."""
    return Response(dump_json(value), media_type="application/json")


read_router = APIRouter(prefix="/api", tags=["questions"])

SiteDependency = Annotated[Site, Depends(get_site)]
RunParam = Annotated[int | None, Query(description="A published run's number, instead of the current run.")]
LabelParam = Annotated[str | None, Query(description="Of this label only.")]
FragmentParam = Annotated[str | None, Query(description="Of this fragment only, its whole text.")]
TopParam = Annotated[int, Query(ge=1, le=10_000, description="Of each label the first so many.")]


@read_router.get("/runs", responses=ROWS_RESPONSES)
def runs(site: SiteDependency) -> Response:
    """All runs, whatever their status, in the order they were started."""
    return json_response(site.store.rows("runs"))


@read_router.get("/labels", responses=ROWS_RESPONSES)
def labels(site: SiteDependency, run: RunParam = None) -> Response:
    """The labels in the model's order, with numbers of documents and patterns, and importance in logits."""
    return json_response(site.store.rows("labels", run=run))


@read_router.get("/patterns", responses=ROWS_RESPONSES)
def patterns(
    site: SiteDependency,
    label: LabelParam = None,
    run: RunParam = None,
    top: TopParam = 50,
    offset: Annotated[int, Query(ge=0, le=2**31 - 1, description="Of each label leave out the first so many.")] = 0,
    contains: Annotated[str | None, Query(description="Only fragments that hold this text, as it is.")] = None,
    order: Annotated[
        str, Query(description="importance, mean, precision, gold-precision, weighted, log-odds or c-value.")
    ] = "importance",
    min_documents: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    min_precision: Annotated[float | None, Query(ge=0, le=1)] = None,
    status: Annotated[
        str | None, Query(description="accepted, rejected, spurious, unreviewed, or usable: nobody spoke against it.")
    ] = None,
    maximal: Annotated[bool, Query(description="Leave out what a longer pattern of the label accounts for.")] = False,
) -> Response:
    """Patterns by label, best first, importances in logits."""
    filters = PatternFilter(label, run, top, contains, order, min_documents, min_precision, status, maximal, offset)
    return json_response(site.store.rows("patterns", filters=filters))


@read_router.get("/examples", responses=ROWS_RESPONSES)
def examples(
    site: SiteDependency, fragment: str, label: LabelParam = None, run: RunParam = None, kind: str | None = None
) -> Response:
    """Places where a pattern was important (kind supporting), and where it occurs in documents of another label
    (counter)."""
    return json_response(site.store.rows("examples", label=label, fragment=fragment, run=run, kind=kind))


@read_router.get("/places", responses=ROWS_RESPONSES)
def places(site: SiteDependency, fragment: str) -> Response:
    """Every published run and label in which a fragment is a pattern, with its statistics there."""
    return json_response(site.store.rows("places", fragment=fragment))


@read_router.get("/difference", responses=ROWS_RESPONSES)
def difference(site: SiteDependency, before: int, after: int, label: LabelParam = None, top: TopParam = 20) -> Response:
    """The patterns gained, lost and moved between two runs, by label, the biggest changes of share first."""
    return json_response(site.store.rows("difference", before=before, after=after, label=label, top=top))


@read_router.get("/difference_counts", responses=ROWS_RESPONSES)
def difference_counts(site: SiteDependency, before: int, after: int, label: LabelParam = None) -> Response:
    """By label, how many patterns two runs have, and how many of them were kept, gained and lost."""
    return json_response(site.store.rows("difference_counts", before=before, after=after, label=label))


@read_router.get("/rejects", responses=ROWS_RESPONSES)
def rejects(site: SiteDependency, run: RunParam = None) -> Response:
    """How many documents were rejected for what reason, the most frequent first."""
    return json_response(site.store.rows("rejects", run=run))


@read_router.get("/reviews", responses=ROWS_RESPONSES)
def reviews(site: SiteDependency, fragment: FragmentParam = None, label: LabelParam = None) -> Response:
    """What people said of patterns, oldest first; of several on the same fragment and label the last counts."""
    return json_response(site.store.rows("reviews", fragment=fragment, label=label))


@read_router.get("/shards", responses=ROWS_RESPONSES)
def shards(site: SiteDependency, run: RunParam = None) -> Response:
    """The ledger of every run, or of one: each shard and what has become of it."""
    return json_response(site.store.rows("shards", run=run))


@read_router.get("/rule_sets", responses=ROWS_RESPONSES)
def rule_sets(site: SiteDependency, name: str | None = None) -> Response:
    """All versions of all rule sets, or of the one of a name, with what was measured of them."""
    return json_response(site.store.rows("rule_sets", name=name))


@read_router.get("/audit", responses=OBJECT_RESPONSES)
def audit(site: SiteDependency, run: RunParam = None, against: RunParam = None) -> Response:
    """The patterns that the model leans on but should not, with the reasons and examples."""
    return json_response(site.audit(site.run(run)["run"], against).to_dict())


write_router = APIRouter(prefix="/api", tags=["actions"])


class ReviewRequest(BaseModel):
    """A pattern and what somebody says of it."""

    fragment: str
    label: str
    verdict: str = Field(description="accepted, rejected, spurious; or undo, which takes the last review back.")
    note: str = Field(default="", max_length=MAX_NOTE_LENGTH)
    author: str | None = Field(default=None, description="Who says so; whoever started the explorer by default.")


class ExplainRequest(BaseModel):
    """A text to explain."""

    text: str
    label: str | None = Field(default=None, description="Explain this label, predicted or not.")


@write_router.post("/reviews", responses=ROWS_RESPONSES)
def review(site: SiteDependency, body: ReviewRequest) -> Response:
    """Notes a verdict on a pattern, for every run that has it, or takes the last one back; gives its reviews.

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
    fallback: Annotated[str | None, Query(description="The label of texts in which no rule fires.")] = None,
) -> Response:
    """A rule set of the patterns that reviewers accepted, as a file.

    The header Camlode-Left-Out counts the rules that the format can't express.
    """
    rule_options = RuleSetOptions(site.run(run)["run"], rules_per_label, min_documents, min_precision, fallback)
    export = export_rule_set(build_rule_set(site.settings.address, rule_options), output_format)
    return Response(export.content, media_type=export.media_type, headers=download_headers(export))


@write_router.post("/explain", responses=OBJECT_RESPONSES)
def explain(site: SiteDependency, body: ExplainRequest) -> Response:
    """What each token of a text says for each label that the model gives it; only where a job was given."""
    if site.live is None:
        raise CamlodeError(NO_JOB_MESSAGE)
    return json_response(site.live.explain(body.text, body.label).to_dict())
