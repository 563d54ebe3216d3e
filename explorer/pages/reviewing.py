"""What people said of patterns, and saying it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from config.errors import CamlodeError
from config.names import which
from explorer.rendering import author_of, page, remember_author
from explorer.site import site_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from sql.records import Verdict

VERDICTS: tuple[Verdict, ...] = ("accepted", "rejected", "spurious")
UNDO = "undo"
SHOWN = 500
LONGEST_NOTE = 2000


def reviews(request: Request) -> Response:
    """The last reviews, newest first."""
    site = site_of(request)
    rows = site.store.rows("reviews")
    standing = {(row["fragment"], row["label"]): row["review"] for row in rows}
    counts: dict[str, int] = dict.fromkeys(VERDICTS, 0)
    for row in rows:
        counts[row["status"]] += standing[row["fragment"], row["label"]] == row["review"]
    return page(
        request, "reviews.html", rows=rows[: -SHOWN - 1 : -1], total=len(rows), counts=counts, standing=standing
    )


def review(request: Request, form: Mapping[str, str]) -> Response:
    """Notes a verdict, or takes the last one back, and returns to the page that it was given on.

    Raises:
        CamlodeError: the form names no pattern or verdict.
    """
    fragment, label = _pattern_of(form)
    author = form["author"].strip() if "author" in form else author_of(request)
    verdict = verdict_of(form.get("verdict", ""))
    site_of(request).review(fragment, label, verdict, checked_note(form.get("note", "").strip()), author)
    answer = RedirectResponse(own_path(form.get("back", "")), 303)
    if "author" in form:
        remember_author(answer, author)
    return answer


def verdict_of(word: str) -> Verdict | None:
    """The verdict that a word means; None where it takes the last one back.

    Raises:
        CamlodeError: it means none.
    """
    if word == UNDO:
        return None
    for verdict in VERDICTS:
        if word == verdict:
            return verdict
    raise CamlodeError(f"there is no verdict {word[:50]!r}: {which(word[:50], (*VERDICTS, UNDO))}")


def checked_note(note: str) -> str:
    """`note`, unless it is too long to be read."""
    if len(note) > LONGEST_NOTE:
        raise CamlodeError(f"the note has {len(note):,} characters: expected at most {LONGEST_NOTE:,}")
    return note


def own_path(path: str) -> str:
    """`path`, if it is one of this site: what a form or an address names could lead anywhere."""
    inside = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if inside else "/"


def _pattern_of(form: Mapping[str, str]) -> tuple[str, str]:
    try:
        found = json.loads(form.get("pattern", ""))
    except ValueError:
        found = None
    if isinstance(found, dict) and all(isinstance(found.get(name), str) for name in ("fragment", "label")):
        return found["fragment"], found["label"]
    raise CamlodeError("pattern: expected JSON with a fragment and a label")
