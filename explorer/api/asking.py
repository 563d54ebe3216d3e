"""Reading: the same questions as `PatternStore`'s, and the audit."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from explorer.api.answers import OBJECT_RESPONSES, ROWS_RESPONSES, json_response
from explorer.site import Site, get_site

router = APIRouter(prefix="/api", tags=["questions"])

SiteDependency = Annotated[Site, Depends(get_site)]
RunParam = Annotated[int | None, Query(description="A published run's number, instead of the current run.")]
LabelParam = Annotated[str | None, Query(description="Of this label only.")]
FragmentParam = Annotated[str | None, Query(description="Of this fragment only, its whole text.")]
TopParam = Annotated[int, Query(ge=1, le=10_000, description="Of each label the first so many.")]


@router.get("/runs", responses=ROWS_RESPONSES)
def runs(site: SiteDependency) -> Response:
    """All runs, whatever their status, in the order they were started."""
    return json_response(site.store.rows("runs"))


@router.get("/labels", responses=ROWS_RESPONSES)
def labels(site: SiteDependency, run: RunParam = None) -> Response:
    """The labels in the model's order, with numbers of documents and patterns, and importance in logits."""
    return json_response(site.store.rows("labels", run=run))


@router.get("/patterns", responses=ROWS_RESPONSES)
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
    filters: dict[str, Any] = {name: value for name, value in locals().items() if name != "site"}
    return json_response(site.store.rows("patterns", **filters))


@router.get("/examples", responses=ROWS_RESPONSES)
def examples(
    site: SiteDependency, fragment: str, label: LabelParam = None, run: RunParam = None, kind: str | None = None
) -> Response:
    """Places where a pattern was important (kind supporting), and where it occurs in documents of another label
    (counter)."""
    return json_response(site.store.rows("examples", label=label, fragment=fragment, run=run, kind=kind))


@router.get("/places", responses=ROWS_RESPONSES)
def places(site: SiteDependency, fragment: str) -> Response:
    """Every published run and label in which a fragment is a pattern, with its statistics there."""
    return json_response(site.store.rows("places", fragment=fragment))


@router.get("/difference", responses=ROWS_RESPONSES)
def difference(site: SiteDependency, before: int, after: int, label: LabelParam = None, top: TopParam = 20) -> Response:
    """The patterns gained, lost and moved between two runs, by label, the biggest changes of share first."""
    return json_response(site.store.rows("difference", before=before, after=after, label=label, top=top))


@router.get("/difference_counts", responses=ROWS_RESPONSES)
def difference_counts(site: SiteDependency, before: int, after: int, label: LabelParam = None) -> Response:
    """By label, how many patterns two runs have, and how many of them were kept, gained and lost."""
    return json_response(site.store.rows("difference_counts", before=before, after=after, label=label))


@router.get("/rejects", responses=ROWS_RESPONSES)
def rejects(site: SiteDependency, run: RunParam = None) -> Response:
    """How many documents were rejected for what reason, the most frequent first."""
    return json_response(site.store.rows("rejects", run=run))


@router.get("/reviews", responses=ROWS_RESPONSES)
def reviews(site: SiteDependency, fragment: FragmentParam = None, label: LabelParam = None) -> Response:
    """What people said of patterns, oldest first; of several on the same fragment and label the last counts."""
    return json_response(site.store.rows("reviews", fragment=fragment, label=label))


@router.get("/shards", responses=ROWS_RESPONSES)
def shards(site: SiteDependency, run: RunParam = None) -> Response:
    """The ledger of every run, or of one: each shard and what has become of it."""
    return json_response(site.store.rows("shards", run=run))


@router.get("/rule_sets", responses=ROWS_RESPONSES)
def rule_sets(site: SiteDependency, name: str | None = None) -> Response:
    """All versions of all rule sets, or of the one of a name, with what was measured of them."""
    return json_response(site.store.rows("rule_sets", name=name))


@router.get("/audit", responses=OBJECT_RESPONSES)
def audit(site: SiteDependency, run: RunParam = None, against: RunParam = None) -> Response:
    """The patterns that the model leans on but should not, with the reasons and examples."""
    return json_response(site.audit(site.run(run)["run"], against).to_dict())
