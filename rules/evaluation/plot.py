"""Plot curves with their intervals."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camlode.config.errors import RulesError
from camlode.pipeline.display.fonts import choose_font_families

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from camlode.rules.evaluation.curves import Curve

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Colours that colour-blind people can distinguish (Okabe and Ito 2008)."""

_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_INK, _GRID = "#333333", "#E3E3E3"
_PANEL_INCHES = (6.4, 4.2)
_LABEL_HEIGHT = 0.055
"""The height of a label, as a share of a panel's."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves that share their axes."""

    title: str
    curves: Sequence[Curve]


def plot_curves(
    panels: Sequence[Panel], path: str | os.PathLike[str], *, title: str, x_label: str, y_label: str
) -> None:
    """Plot panels, two in a row, into a PNG file, with each curve's name at its end.

    A band shows the intervals of a curve's points. The x axis is logarithmic if its values span more than a factor of
    5, and has a tick at each value.

    Raises:
        RulesError: the file cannot be written.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    width, height = _PANEL_INCHES
    with rc_context({"font.family": choose_font_families()}):
        figure = Figure(figsize=(width * columns, height * rows + 0.5), layout="constrained", facecolor="white")
        figure.suptitle(title, x=0.01, ha="left", fontsize=14, fontweight="bold", color=_INK)
        grid = figure.subplots(rows, columns, squeeze=False).flat
        for axes, panel in zip_longest(grid, panels):
            if panel is None:
                axes.remove()
            else:
                _draw(axes, panel, x_label, y_label)
        _save(figure, Path(path))


def _draw(axes: Axes, panel: Panel, x_label: str, y_label: str) -> None:
    for number, curve in enumerate(panel.curves):
        _draw_curve(axes, curve, _COLOURS[number % len(_COLOURS)], _MARKERS[number % len(_MARKERS)])
    axes.set_title(panel.title, loc="left", fontsize=11, color=_INK)
    axes.set_xlabel(x_label, color=_INK)
    axes.set_ylabel(y_label, color=_INK)
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#999999")
    axes.tick_params(colors=_INK, length=3)
    _set_ticks(axes, sorted({point.x for curve in panel.curves for point in curve.points}))
    _label_curves(axes, panel.curves)


def _draw_curve(axes: Axes, curve: Curve, colour: str, marker: str) -> None:
    xs, values = [point.x for point in curve.points], [point.value for point in curve.points]
    axes.plot(xs, values, color=colour, marker=marker, markersize=4.5, linewidth=1.8, label=curve.name)
    sure = [point for point in curve.points if point.low is not None and point.high is not None]
    if sure:
        lows, highs = [point.low for point in sure], [point.high for point in sure]
        axes.fill_between([point.x for point in sure], lows, highs, color=colour, alpha=0.14, linewidth=0)  # type: ignore[arg-type]


def _set_ticks(axes: Axes, values: Sequence[float]) -> None:
    if values and values[0] > 0 and values[-1] / values[0] > 5:
        axes.set_xscale("log")
    axes.set_xticks(values, labels=[f"{value:g}" for value in values])
    axes.minorticks_off()


def _label_curves(axes: Axes, curves: Sequence[Curve]) -> None:
    """Write each curve's name right of its last point; names that would overlap are moved apart."""
    low, high = axes.get_ylim()
    heights = [(curve.points[-1].value - low) / (high - low) for curve in curves]
    for curve, height, number in zip(curves, spread_apart(heights, _LABEL_HEIGHT), range(len(curves)), strict=True):
        options: dict[str, Any] = {"color": _COLOURS[number % len(_COLOURS)], "fontsize": 10, "va": "center"}
        axes.annotate(curve.name, (1.015, height), xycoords="axes fraction", annotation_clip=False, **options)


def spread_apart(heights: Sequence[float], min_gap: float) -> list[float]:
    """Move heights as little as possible so that any two are at least `min_gap` apart, keeping their order.

    Groups that are too close are spread around their mean (pool adjacent violators).
    """
    order = sorted(range(len(heights)), key=heights.__getitem__)
    groups: list[tuple[float, int]] = []  # the middle of each group, and how many are in it
    for index in order:
        middle, size = heights[index], 1
        while groups and middle - groups[-1][0] < min_gap * (size + groups[-1][1]) / 2:
            before, members = groups.pop()
            middle, size = (before * members + middle * size) / (members + size), members + size
        groups.append((middle, size))
    spread = [middle + min_gap * (step - (size - 1) / 2) for middle, size in groups for step in range(size)]
    return [height for _, height in sorted(zip(order, spread, strict=True))]


def _save(figure: Figure, path: Path) -> None:
    try:
        with warnings.catch_warnings():
            # matplotlib warns of each character that no installed font has; it is drawn as a box.
            warnings.filterwarnings("ignore", "Glyph")
            figure.savefig(path, format="png", dpi=150)
    except OSError as error:
        raise RulesError(f"{path} cannot be written: {error.strerror}") from error
