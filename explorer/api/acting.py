"""Reviews, rules and explanations. What changes the store needs the token."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from config.errors import CamlodeError
from explorer.api.answers import OBJECT_RESPONSES, ROWS_RESPONSES, json_response
from explorer.api.asking import RunParam, SiteDependency
from explorer.building import RULE_FILE_FORMAT, RuleSetOptions, build_rule_set, download_headers, export_rule_set
from explorer.pages.explaining import NO_JOB_MESSAGE
from explorer.pages.reviewing import MAX_NOTE_LENGTH, parse_verdict

router = APIRouter(prefix="/api", tags=["actions"])


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


@router.post("/reviews", responses=ROWS_RESPONSES)
def review(site: SiteDependency, body: ReviewRequest) -> Response:
    """Notes a verdict on a pattern, for every run that has it, or takes the last one back; gives its reviews.

    Needs the token, as `Authorization: Bearer TOKEN`.
    """
    author = site.settings.author if body.author is None else body.author
    site.review(body.fragment, body.label, parse_verdict(body.verdict), body.note, author)
    return json_response(site.store.rows("reviews", fragment=body.fragment, label=body.label))


@router.get("/rules", response_class=Response)
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


@router.post("/explain", responses=OBJECT_RESPONSES)
def explain(site: SiteDependency, body: ExplainRequest) -> Response:
    """What each token of a text says for each label that the model gives it; only where a job was given."""
    if site.live is None:
        raise CamlodeError(NO_JOB_MESSAGE)
    return json_response(site.live.explain(body.text, body.label).to_dict())
