"""All that a store knows of one fragment: where it is a pattern, what people said of it, and where it was seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pipeline.views.colours import AMBER
from pipeline.views.tables import filled, print_table
from pipeline.views.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.text import Text

    from pipeline.views.tables import Row

WHERE_THERE = ("model_version", "matched_documents", "precision", "gold_precision", "review")
PLACES = (
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
REVIEWS = ("label", "status", "note", "author", "time")
EXAMPLES = ("label", "kind", "importance", "document", "place", "text")


@dataclass(frozen=True, slots=True)
class FragmentFacts:
    """The store's rows about `fragment`: of `places`, `reviews`, and the `examples` of one run by label."""

    fragment: str
    places: Sequence[Row]
    reviews: Sequence[Row]
    examples: Sequence[Row]

    def to_dict(self) -> dict[str, Any]:
        """The same by name."""
        return asdict(self)


def print_fragment(facts: FragmentFacts, console: Console) -> None:
    """Prints each part as a table; in the examples' text the hit stands out, in amber or between « and »."""
    from rich.text import Text

    console.print(Text(f"{visible(facts.fragment)}\n", style="bold"), soft_wrap=True)
    print_table(facts.places, filled(facts.places, PLACES, WHERE_THERE), console)
    if facts.reviews:
        console.print(Text("\nreviews, the last of a label counts:"))
        print_table(facts.reviews, REVIEWS, console)
    if facts.examples:
        console.print(Text(f"\nexamples of run {facts.examples[0]['run']}:"))
        rows = [row | {"text": in_context(row, console)} for row in facts.examples]
        print_table(rows, EXAMPLES, console)


def in_context(example: Row, console: Console) -> Text:
    """The hit between what stood around it, told apart by colour where there is any."""
    from rich.text import Text

    left, hit, right = (visible(example[part]) for part in ("left", "hit", "right"))
    if console.no_color or console.color_system is None:
        return Text(f"{left}«{hit}»{right}")
    return Text.assemble(left, (hit, f"black on rgb({','.join(map(str, AMBER))})"), right)
