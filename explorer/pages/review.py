"""The list of reviews, and the form that adds or undoes one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from camlode.config.errors import CamlodeError, did_you_mean
from camlode.explorer.rendering import get_author, remember_author, render_page
from camlode.explorer.site import get_site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from camlode.sql.records import ReviewStatus

VERDICTS: tuple[ReviewStatus, ...] = ("accepted", "rejected", "spurious")
UNDO = "undo"
MAX_ROWS = 500
MAX_NOTE_LENGTH = 2000


def reviews(request: Request) -> Response:
    """Show the last reviews, newest first."""
    site = get_site(request)
    rows = site.store.rows("reviews")
    standing = {(row["fragment"], row["label"]): row["review"] for row in rows}
    counts: dict[str, int] = dict.fromkeys(VERDICTS, 0)
    for row in rows:
        counts[row["status"]] += standing[row["fragment"], row["label"]] == row["review"]
    return render_page(
        request, "reviews.html", rows=rows[: -MAX_ROWS - 1 : -1], total=len(rows), counts=counts, standing=standing
    )


def review(request: Request, form: Mapping[str, str]) -> Response:
    """Store or undo a verdict, then redirect to the page of the form.

    Raises:
        CamlodeError: the form has no valid pattern or verdict.
    """
    fragment, label = _parse_pattern(form)
    author = form["author"].strip() if "author" in form else get_author(request)
    verdict = parse_verdict(form.get("verdict", ""))
    get_site(request).review(fragment, label, verdict, check_note(form.get("note", "").strip()), author)
    response = RedirectResponse(sanitize_path(form.get("back", "")), 303)
    if "author" in form:
        remember_author(response, author)
    return response


def parse_verdict(word: str) -> ReviewStatus | None:
    """Parse a verdict; None means to undo the last one.

    Raises:
        CamlodeError: there is no such verdict.
    """
    if word == UNDO:
        return None
    for verdict in VERDICTS:
        if word == verdict:
            return verdict
    raise CamlodeError(f"there is no verdict {word[:50]!r}: {did_you_mean(word[:50], (*VERDICTS, UNDO))}")


def check_note(note: str) -> str:
    """Return `note`.

    Raises:
        CamlodeError: it is too long.
    """
    if len(note) > MAX_NOTE_LENGTH:
        raise CamlodeError(f"the note has {len(note):,} characters: expected at most {MAX_NOTE_LENGTH:,}")
    return note


def sanitize_path(path: str) -> str:
    """Return `path` if it is one of this site, else "/": a path in a form or address must not redirect elsewhere."""
    is_local = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if is_local else "/"


def _parse_pattern(form: Mapping[str, str]) -> tuple[str, str]:
    try:
        value = json.loads(form.get("pattern", ""))
    except ValueError:
        value = None
    if isinstance(value, dict) and all(isinstance(value.get(name), str) for name in ("fragment", "label")):
        return value["fragment"], value["label"]
    raise CamlodeError("pattern: expected JSON with a fragment and a label")
