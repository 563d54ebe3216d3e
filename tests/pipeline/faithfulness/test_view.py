from __future__ import annotations

from dataclasses import replace
from io import StringIO

from rich.console import Console

from camlode.pipeline.bootstrap import ConfidenceInterval
from camlode.pipeline.faithfulness.report import FaithfulnessReport, MethodResult, RefusedMethod
from camlode.pipeline.faithfulness.view import closing_lines, print_faithfulness, render_faithfulness_markdown

MEAN = ConfidenceInterval(0.25, 0.2, 0.3)


def result(name: str, *, seconds: float | None = None, survives: bool = False) -> MethodResult:
    return MethodResult(
        name=name,
        kind="baseline" if seconds is None else "method",
        comprehensiveness=MEAN,
        sufficiency=MEAN,
        difference=ConfidenceInterval(0.0, -0.125, 0.125),
        deletion=MEAN,
        insertion=MEAN,
        randomisation=None if seconds is None else MEAN,
        survives=survives,
        seconds=seconds,
        auprc=None,
        token_f1=None,
    )


REPORT = FaithfulnessReport(
    results=(result("cam", seconds=1.5, survives=True), result("random order")),
    refused=(RefusedMethod("lrp", "the model has an LSTM"),),
    documents=10,
    explained=9,
    pairs=12,
    marked_pairs=0,
    removal="unknown",
    marks_by_gold=None,
    warnings=("beware",),
    recommendation="take cam",
)


def test_markdown_shows_the_columns_in_which_anything_stands() -> None:
    lines = render_faithfulness_markdown(REPORT).splitlines()
    assert lines[0] == (
        "| method | comprehensiveness ↑ | sufficiency ↓ | difference ↑ | deletion area ↓ | insertion area ↑ "
        "| randomisation → 0 | seconds per 1,000 documents |"
    )
    interval = "0.250 [0.200, 0.300]"
    difference = "0.000 [-0.125, 0.125]"
    assert lines[2] == (
        f"| cam (survives) | {interval} | {interval} | {difference} | {interval} | {interval} | {interval} | 1.5 |"
    )
    assert lines[3].endswith(f"{interval} |  |  |")


def test_the_lines_below_say_how_it_was_measured_and_end_with_the_recommendation() -> None:
    assert render_faithfulness_markdown(REPORT).splitlines()[5:] == [
        "- measured on 12 pairs of document and predicted label in 9 of 10 sampled documents; a removed token is "
        "replaced by the unknown token; intervals contain 95 % of the means over resampled documents",
        "- refused: lrp: the model has an LSTM",
        "- warning: beware",
        "- recommendation: take cam",
    ]


def test_spans_and_a_missing_randomisation_check_have_a_line_each() -> None:
    results = (replace(result("cam", seconds=1.5), randomisation=None, auprc=MEAN, token_f1=MEAN),)
    lines = [*closing_lines(replace(REPORT, results=results, marked_pairs=7, marks_by_gold=True))]
    assert lines[1:3] == [
        "AUPRC and token F1 against the marked spans, in 7 pairs whose label is a gold one; F1 is of the first k "
        "tokens, with k the number of marked ones",
        "no randomisation check: the model has no layers that can be randomised",
    ]


def test_the_terminal_shows_half_the_intervals_width_below_the_mean() -> None:
    out = StringIO()
    print_faithfulness(REPORT, Console(file=out))
    lines = out.getvalue().splitlines()
    assert lines[2].split() == ["cam", "(survives)", "0.250", "0.250", "0.000", "0.250", "0.250", "0.250", "1.5"]
    assert lines[3].split()[:4] == ["±0.050", "±0.050", "±0.125", "±0.050"]
    assert lines[-1] == "recommendation: take cam"
