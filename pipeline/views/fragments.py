"""All that a store knows of one fragment: where it is a pattern, what people said of it, and where it was seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pipeline.views.colours import AMBER
from pipeline.views.tables import drop_empty_columns, print_table
from pipeline.views.visible import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.text import Text

    from pipeline.views.tables import Row

WHERE_THERE = ("model_version", "matched_documents", "precision", "gold_precision", "review")
PLACE_COLUMNS = (
    "run",
    "current",
    "model",
    "model_version",
    "corpus",
    "label",
    "rank",
    "importance",
    "mean",
    "share",
    "documents",
    "occurrences",
    *WHERE_THERE[1:],
)
REVIEW_COLUMNS = ("label", "status", "note", "author", "time")
EXAMPLE_COLUMNS = ("label", "kind", "importance", "document", "place", "text")


@dataclass(frozen=True, slots=True)
class FragmentInfo:
    """The store's rows about `fragment`: of `places`, `reviews`, and the `examples` of one run by label."""

    fragment: str
    places: Sequence[Row]
    reviews: Sequence[Row]
    examples: Sequence[Row]

    def to_dict(self) -> dict[str, Any]:
        """The same by name."""
        return asdict(self)


def print_fragment(fragment_info: FragmentInfo, console: Console) -> None:
    """Prints each part as a table; in the examples' text the hit stands out, in amber or between « and »."""
    from rich.text import Text

    console.print(Text(f"{sanitize(fragment_info.fragment)}\n", style="bold"), soft_wrap=True)
    print_table(fragment_info.places, drop_empty_columns(fragment_info.places, PLACE_COLUMNS, WHERE_THERE), console)
    if fragment_info.reviews:
        console.print(Text("\nreviews, the last of a label counts:"))
        print_table(fragment_info.reviews, REVIEW_COLUMNS, console)
    if fragment_info.examples:
        console.print(Text(f"\nexamples of run {fragment_info.examples[0]['run']}:"))
        rows = [row | {"text": highlight_hit(row, console)} for row in fragment_info.examples]
        print_table(rows, EXAMPLE_COLUMNS, console)


def highlight_hit(example: Row, console: Console) -> Text:
    """The hit between what stood around it, told apart by colour where there is any."""
    from rich.text import Text

    left, hit, right = (sanitize(example[part]) for part in ("left", "hit", "right"))
    if console.no_color or console.color_system is None:
        return Text(f"{left}«{hit}»{right}")
    return Text.assemble(left, (hit, f"black on rgb({','.join(map(str, AMBER))})"), right)
