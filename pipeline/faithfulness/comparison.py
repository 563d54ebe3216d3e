"""Which method to take: the best, those that can't be told from it, and the cheapest among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.faithfulness.baselines import RANDOM

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from pipeline.bootstrap import Bootstrap

_MEASURE = "comprehensiveness − sufficiency"


def recommendation(
    differences: Mapping[str, npt.NDArray[np.float64]], seconds: Mapping[str, float], bootstrap: Bootstrap
) -> str:
    """One line. `differences` are each method's comprehensiveness − sufficiency [pairs], without the baselines.

    A method can't be told from the best where the interval of their paired difference holds 0.
    """
    names = sorted(differences, key=lambda name: -float(differences[name].mean()))
    best, others = names[0], names[1:]
    if not others:
        return f"only {best} was compared: nothing to choose from"
    tied = [name for name in others if not _is_better(differences[best], differences[name], bootstrap)]
    cheapest = min((best, *tied), key=lambda name: seconds[name])
    if len(tied) == len(others):
        return f"the methods can't be told apart by {_MEASURE}; take the cheapest, {cheapest}"
    if not tied:
        return f"take {best}: the best by {_MEASURE}, and told apart from every other method"
    alike = ", ".join(tied)
    if cheapest == best:
        return f"take {best}: the best by {_MEASURE}; {alike} can't be told from it, but cost more"
    return f"take {cheapest}: it can't be told from the best by {_MEASURE}, {best}, and costs less (alike: {alike})"


def find_methods_no_better_than_random(
    differences: Mapping[str, npt.NDArray[np.float64]], bootstrap: Bootstrap
) -> list[str]:
    """The methods that aren't better than a random order; `differences` hold RANDOM's too."""
    random = differences[RANDOM]
    return [name for name, own in differences.items() if name != RANDOM and not _is_better(own, random, bootstrap)]


def _is_better(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64], bootstrap: Bootstrap) -> bool:
    interval = bootstrap.interval(first - second)
    return interval is not None and interval.low > 0
