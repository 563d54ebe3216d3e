from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("quer", "there is no command 'quer': did you mean camlode query?"),
        ("rules buld", "there is no command 'buld': did you mean camlode rules build?"),
        ("upgrade p.db", "there is no command 'upgrade': did you mean camlode db upgrade?"),
        ("predict r.json", "there is no command 'predict': did you mean camlode rules predict?"),
        ("zzz", "there is no command 'zzz'; camlode --help lists them"),
        ("db zzz", "there is no command 'zzz'; camlode db --help lists them"),
        ("query p.db --lable 3", "query: there is no option --lable: did you mean --label?"),
        ("rules show r.json --fromat csv", "rules show: there is no option --fromat: did you mean --format?"),
        ("query p.db --zzz", "query: there is no option --zzz; camlode query --help tells all"),
        ("query -x", "query: there is no option -x; camlode query --help tells all"),
        ("query", "query: STORE is missing; camlode query --help tells all"),
        ("review p.db x", "review: --label is missing; camlode review --help tells all"),
        ("query p.db --top", "--top needs a value; camlode --help tells all"),
        ("query p.db q.db", "query: got unexpected extra argument(s) (q.db); camlode query --help tells all"),
        (
            "query p.db --format jsno",
            "query: --format: there is no 'jsno' among table, json, csv, jsonl: did you mean json?",
        ),
        (
            "completion tcsh",
            "completion: shell: there is no 'tcsh' among bash, zsh, fish, powershell: did you mean zsh?",
        ),
        ("query p.db --top -1", "query: --top: input should be greater than or equal to 0"),
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
