"""Reviews, rules and explanations. What changes the store needs the token."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from config.errors import CamlodeError
from explorer.api.answers import OBJECT, ROWS, answer
from explorer.api.asking import AskedSite, Run
from explorer.building import OWN_FORMAT, Recipe, build, download_headers, exported
from explorer.pages.explaining import NO_MODEL
from explorer.pages.reviewing import LONGEST_NOTE, verdict_of

router = APIRouter(prefix="/api", tags=["actions"])


class Judged(BaseModel):
    """A pattern and what somebody says of it."""

    fragment: str
    label: str
    verdict: str = Field(description="accepted, rejected, spurious; or undo, which takes the last review back.")
    note: str = Field(default="", max_length=LONGEST_NOTE)
    author: str | None = Field(default=None, description="Who says so; whoever started the explorer by default.")


class Typed(BaseModel):
    """A text to explain."""

    text: str
    label: str | None = Field(default=None, description="Explain this label, predicted or not.")


@router.post("/reviews", responses=ROWS)
def review(site: AskedSite, judged: Judged) -> Response:
    """Notes a verdict on a pattern, for every run that has it, or takes the last one back; gives its reviews.

    Needs the token, as `Authorization: Bearer TOKEN`.
    """
    author = site.settings.author if judged.author is None else judged.author
    site.review(judged.fragment, judged.label, verdict_of(judged.verdict), judged.note, author)
    return answer(site.store.rows("reviews", fragment=judged.fragment, label=judged.label))


@router.get("/rules", response_class=Response)
def rules(
    site: AskedSite,
    run: Run = None,
    output_format: Annotated[
        str, Query(alias="format", description="rules (the rule file), or a format of camlode export.")
    ] = OWN_FORMAT,
    rules_per_label: Annotated[int, Query(ge=1, le=100_000)] = 50,
    min_documents: Annotated[int, Query(ge=0, le=2**31 - 1)] = 1,
    min_precision: Annotated[float, Query(ge=0, le=1)] = 0.0,
    fallback: Annotated[str | None, Query(description="The label of texts in which no rule fires.")] = None,
) -> Response:
    """A rule set of the patterns that reviewers accepted, as a file.

    The header Camlode-Left-Out counts the rules that the format can't express.
    """
    recipe = Recipe(site.run(run)["run"], rules_per_label, min_documents, min_precision, fallback)
    export = exported(build(site.settings.address, recipe), output_format)
    return Response(export.content, media_type=export.media_type, headers=download_headers(export))


@router.post("/explain", responses=OBJECT)
def explain(site: AskedSite, typed: Typed) -> Response:
    """What each token of a text says for each label that the model gives it; only where a job was given."""
    if site.live is None:
        raise CamlodeError(NO_MODEL)
    return answer(site.live.explain(typed.text, typed.label).to_dict())
