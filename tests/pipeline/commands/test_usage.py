from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("quer", "there is no command 'quer': did you mean camlode query?"),
        ("rules buld", "rules: there is no command 'buld': did you mean camlode rules build?"),
        ("upgrade p.db", "there is no command 'upgrade': did you mean camlode db upgrade?"),
        ("predict r.json", "there is no command 'predict': did you mean camlode rules predict?"),
        ("zzz", "there is no command 'zzz'; see camlode --help"),
        ("db zzz", "db: there is no command 'zzz'; see camlode db --help"),
        (
            "query p.db --lable 3",
            "query: no such option: --lable (Possible options: --label); see camlode query --help",
        ),
        ("query -x", "query: no such option: -x; see camlode query --help"),
        ("rules build p.db", "rules build: missing option '-o' / '--output'; see camlode rules build --help"),
        ("query", "query: missing argument 'STORE'; see camlode query --help"),
        ("query p.db --top", "option '--top' requires an argument; see camlode --help"),
        (
            "query p.db --format jsno",
            "query: invalid value for '--format': 'jsno' is not one of 'table', 'json', 'csv', 'jsonl'; "
            "see camlode query --help",
        ),
        (
            "query p.db --top -1",
            "query: invalid value for '--top': Input should be greater than or equal to 0; see camlode query --help",
        ),
    ],
)
def test_what_is_mistyped_is_one_line_with_the_nearest(run_refused: Any, line: str, told: str) -> None:
    assert run_refused(*line.split()) == told


WITH_LABELS = """
query STORE --label 数字
show STORE 电脑 --label 数字
audit STORE --label 数字
compare STORE 1 2 --label 数字
review STORE 电脑 --label 数字 --status accepted
export STORE --format csv --label 数字
"""


def test_a_mistyped_label_is_answered_with_the_nearest(two_runs: Any, run_refused: Any) -> None:
    for line in WITH_LABELS.splitlines()[1:]:
        told = run_refused(*line.replace("STORE", two_runs.path).split())
        assert "'数字'" in told, line
        assert told.endswith("did you mean '数码'?"), line


def test_a_command_without_anything_shows_its_help(camlode: Any) -> None:
    for line in ((), ("rules",), ("db",)):
        done = camlode(*line)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"Usage: {' '.join(('camlode', *line))} [OPTIONS] COMMAND")
