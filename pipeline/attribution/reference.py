"""The reference of the methods, docs/methods.md, rendered from their classes."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from camlode.config.attribution import DEFAULT_METHOD
from camlode.pipeline.attribution.methods import METHODS
from camlode.pipeline.attribution.methods.base import Method

if TYPE_CHECKING:
    from camlode.config.attribution import MethodName

_INTRODUCTION = """\
# Methods

`attribution.method` names one of these. `A[t,k]` is the target layer's output at position `t` of `T` and channel `k`;
`y` the label's logit (or its probability, by `attribution.target`); `g[t,k] = ∂y/∂A[t,k]`; `e[t,d]` the vector of
token `t`, `e′` the baseline's (`attribution.baseline`); `(x)+ = max(x, 0)`.

Each position's value is distributed evenly over the tokens in its receptive field, which keeps the sum. Parallel
layers are computed separately, and their raw values are added. A token's score on the embedding is the sum over its
dimensions. Positions with only padding in their receptive field give nothing to any token; their share is reported.

`attribution.sign` says which part is kept: evidence for the label (`positive`), evidence against it (`negative`: the
positive part of the same map of the label's negative score), or `both`, signed. The column "kept" has each method's
default. The column "sum" says whether a text's scores should have a known sum. By how much they miss it is the
*residual*: it is kept with each explanation, and its mean in the store's `runs`. Only importances in logits can be
compared between texts and between models: rank a corpus by one of those.

"""


def render_reference() -> str:
    """Render the Markdown of docs/methods.md: a table of all methods, and each one's formula and source."""
    head = "| method | made on | importances in | kept | sum |\n|---|---|---|---|---|\n"
    rows = "".join(_row(name, method) for name, method in METHODS.items())
    texts = "\n".join(_text(name, method) for name, method in METHODS.items())
    return f"{_INTRODUCTION}{head}{rows}\n{texts}"


def _row(name: MethodName, method: type[Method]) -> str:
    made_on = "embedded tokens" if method.explains == "embedding" else "layers"
    has_expected_sum = "yes" if method.total is not Method.total else ""
    default = " (default)" if name == DEFAULT_METHOD else ""
    return f"| `{name}`{default} | {made_on} | {method.unit} | {method.sign} | {has_expected_sum} |\n"


def _text(name: MethodName, method: type[Method]) -> str:
    refused = "" if method.is_additive else "\nFor single texts only: `camlode mine` refuses it.\n"
    return f"## {name}\n\n{inspect.cleandoc(method.__doc__ or '')}\n{refused}"


if __name__ == "__main__":
    print(render_reference(), end="")
