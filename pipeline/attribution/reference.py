"""The reference of the methods, made from the classes themselves: docs/methods.md."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from camlode.pipeline.attribution.methods import METHODS
from camlode.pipeline.attribution.methods.base import Method

if TYPE_CHECKING:
    from camlode.config.attribution import MethodName

_INTRODUCTION = """\
# Methods

`attribution.method` names one of these. `A[t,k]` is the explained layer's output at position `t` of `T` and channel
`k`; `y` the label's logit (or its probability, by `attribution.target`); `g[t,k] = ∂y/∂A[t,k]`; `e[t,d]` the vector
of token `t`, `e′` the baseline's (`attribution.baseline`); `(x)+ = max(x, 0)`.

A map on a layer's positions is brought to the tokens by sharing each position's value among the tokens that it
covers, which keeps the sum; parallel layers are computed each by itself, and their raw values added. A token's score
on the embedding is the sum over its dimensions. Positions that cover only padding give nothing to any token; their
share is reported.

`attribution.sign` says what is kept: what speaks for the label (`positive`), what speaks against it (`negative`: the
same map of the label's negative score, its positive part), or `both`, signed. "Kept" below is what happens where the
job doesn't say. "Sum" says whether a text's scores are promised to make a sum, by how much they miss it is the
*residual*: kept with each explanation, and its mean in the store's `runs`. Only what is measured in logits means the
same from text to text and model to model: rank a corpus by one of those.

"""


def render_reference() -> str:
    """The Markdown of docs/methods.md: a table of all methods, and each one's formula and source."""
    head = "| method | made on | importances in | kept | sum |\n|---|---|---|---|---|\n"
    rows = "".join(_row(name, method) for name, method in METHODS.items())
    texts = "\n".join(_text(name, method) for name, method in METHODS.items())
    return f"{_INTRODUCTION}{head}{rows}\n{texts}"


def _row(name: MethodName, method: type[Method]) -> str:
    made_on = "embedded tokens" if method.explains == "embedding" else "layers"
    promised = "yes" if method.total is not Method.total else ""
    return f"| `{name}` | {made_on} | {method.unit} | {method.sign} | {promised} |\n"


def _text(name: MethodName, method: type[Method]) -> str:
    refused = "" if method.accumulates else "\nFor single texts only: `camlode mine` refuses it.\n"
    return f"## {name}\n\n{inspect.cleandoc(method.__doc__ or '')}\n{refused}"


if __name__ == "__main__":
    print(render_reference(), end="")
