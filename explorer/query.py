"""Query parameters of the pages: parsed from an address, and written into the address of another page."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from camlode.config.errors import CamlodeError
from camlode.sql import PatternFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    Default = TypeVar("Default", int, int | None)
    Measure = TypeVar("Measure", float, float | None)

PAGE_SIZE = 50
"""Patterns per page."""

MAX_INTEGER = 2**31 - 1

ORDER_NAMES = {
    "importance": "importance",
    "mean": "mean importance",
    "precision": "precision",
    "gold-precision": "gold precision",
    "weighted": "importance × precision",
    "log-odds": "log-odds",
    "c-value": "C-value",
}
"""Titles of the orders in `camlode.sql.query.patterns.ORDERS`."""

STATUS_NAMES = {
    "": "any review",
    "unreviewed": "not reviewed",
    "accepted": "accepted",
    "rejected": "rejected",
    "spurious": "spurious",
    "usable": "accepted or not reviewed",
}


class PatternPage(PatternFilter):
    """The filter of one page of the list of patterns, as its address has it. `top` is one more than the page shows."""

    @classmethod
    def from_params(cls, values: Mapping[str, str]) -> PatternPage:
        """Read the parameters of an address; an empty one counts as absent.

        Raises:
            CamlodeError: a parameter is not a number.
        """
        return cls(
            label=values.get("label"),  # a label's name may be empty
            run=parse_int(values, "run", None),
            top=PAGE_SIZE + 1,
            contains=values.get("q") or None,
            order=values.get("order") or "importance",
            status=values.get("status") or None,
            min_documents=parse_int(values, "min_documents", None),
            min_precision=parse_float(values, "min_precision", None),
            maximal=bool(values.get("maximal")),
            offset=(max(1, parse_int(values, "page", 1)) - 1) * PAGE_SIZE,
        )

    @property
    def page(self) -> int:
        """The number of the page, from 1."""
        return self.offset // PAGE_SIZE + 1

    @property
    def is_filtered(self) -> bool:
        """Whether the filter may leave out some of the label's patterns."""
        return bool(self.contains or self.status or self.min_documents or self.min_precision or self.maximal)

    def url(self, path: str = "/patterns", **changes: Any) -> str:
        """Return the address of this filter with some parameters changed; without `page` that of the first page."""
        names = ("order", "status", "min_documents", "min_precision", "maximal")
        params: dict[str, Any] = {"label": self.label, "run": self.run, "q": self.contains}
        params |= {name: getattr(self, name) for name in names}
        return build_url(path, **params | changes)


_DEFAULTS = {"order": "importance", "maximal": False, "page": 1}


def build_url(path: str, **values: Any) -> str:
    """Return `path` with parameters, without those that have their default."""
    params = {name: value for name, value in values.items() if value is not None and value != _DEFAULTS.get(name, "")}
    return f"{path}?{urlencode({name: _format_param(value) for name, value in params.items()})}" if params else path


def parse_int(values: Mapping[str, Any], name: str, default: Default) -> Default:
    """Parse a whole number, or return `default` if the parameter is empty.

    Raises:
        CamlodeError: it is not a number, or beyond those of the store.
    """
    text = str(values.get(name) or "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text[:12]) <= MAX_INTEGER):
        raise CamlodeError(f"{name} is {text[:50]!r}: expected a whole number from 0 to {MAX_INTEGER:,}")
    return int(text)


def parse_float(values: Mapping[str, Any], name: str, default: Measure) -> Measure:
    """Parse a number, or return `default` if the parameter is empty.

    Raises:
        CamlodeError: it is not a finite number.
    """
    text = str(values.get(name) or "").strip()
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise CamlodeError(f"{name} is {text[:50]!r}: expected a number")
    return number


def _format_param(value: Any) -> str:
    return "1" if value is True else str(value)
